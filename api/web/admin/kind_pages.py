"""The kinds of a tenant: listed, and edited as text beside a preview."""

import asyncio
import difflib
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.kinds import defined
from api.web.admin.kind_preview import EXAMPLE, Preview, preview_of
from api.web.admin.kind_text import MAX_CHARS, NEW, builtin_text, read_kind, text_of
from api.web.admin.sections import admin_page, told
from api.web.filling import posted
from api.web.people import names_of
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from api.web.views.diff import Diff, diff_of
from kernel.directory.kinds import KindChanged
from kernel.errors import Invalid
from task_kinds.flaws import BadKind, Flaw
from task_kinds.kind import Kind
from task_kinds.loader import builtin_kinds

RECENT = 20
_done = {"saved": "Saved. New requests of this kind follow it; open ones keep what they have."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the editor; `version` is what it is meant to take the place of."""

    text: str
    example: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of reading a draft: a kind and its preview, or what is wrong, by line."""

    flaws: tuple[Flaw, ...] = ()
    kind: Kind | None = None
    preview: Preview | None = None


async def show_kinds(request: Request, session: Session) -> Response:
    """The list."""
    kinds = await door_of(request).directory.kinds.every(session.person.tenant)
    own = [kind for kind in kinds if not _is_builtin(kind)]
    values = {
        "own": own,
        "builtin": [kind for kind in kinds if _is_builtin(kind)],
        "changed": {kind.name for kind in own if kind.name in builtin_kinds()},
    }
    return admin_page(session, "kinds.html", values)


async def show_new(request: Request, session: Session) -> Response:
    """The editor with the beginnings of a kind."""
    return await _editor(request, session, "", Draft(text=NEW, example=EXAMPLE, version=""))


async def show_kind(request: Request, session: Session) -> Response:
    """The editor with a kind of the tenant."""
    name = str(request.path_params["kind"])
    kind = await door_of(request).directory.kinds.get(session.person.tenant, name)
    return await _editor(
        request, session, name, Draft(text=_text(kind), example=EXAMPLE, version=kind.version)
    )


async def take_new(request: Request, session: Session) -> Response:
    """Checks a new kind, and defines it where that is asked."""
    return await _taken(request, session, "")


async def take_kind(request: Request, session: Session) -> Response:
    """Checks a change of a kind, and defines it where that is asked."""
    return await _taken(request, session, str(request.path_params["kind"]))


async def _taken(request: Request, session: Session, name: str) -> Response:
    fields = await posted(request, session)
    draft = Draft(
        text=fields.get("text", ""),
        example=fields.get("example", ""),
        version=fields.get("version", ""),
    )
    checked = await asyncio.to_thread(_checked, draft, name or None)
    if checked.kind is None or fields.get("do") != "save":
        status = 200 if checked.kind or fields.get("do") != "save" else 422
        return await _editor(request, session, name, draft, checked=checked, status=status)
    try:
        kind = checked.kind
        await defined(request, kind.name, kind.definition, instead_of=draft.version)
    except Invalid as error:
        flaws = tuple(Flaw((), f"{flaw.pointer}: {flaw.detail}", 1) for flaw in error.flaws)
        checked = Checked(flaws=flaws or (Flaw((), str(error), 1),))
        return await _editor(request, session, name, draft, checked=checked, status=error.status)
    except KindChanged:
        return await _changed_meanwhile(request, session, name, draft, checked)
    return RedirectResponse(f"/admin/kinds/{kind.name}?done=saved", SEE_OTHER)


async def _changed_meanwhile(
    request: Request, session: Session, name: str, draft: Draft, checked: Checked
) -> Response:
    assert checked.kind is not None
    kinds = door_of(request).directory.kinds
    kinds.forget(session.person.tenant)
    theirs = await kinds.get(session.person.tenant, checked.kind.name)
    # Sent once more, it takes the place of what is shown beside it now, and of nothing newer.
    draft = Draft(text=draft.text, example=draft.example, version=theirs.version)
    return await _editor(
        request,
        session,
        name,
        draft,
        checked=checked,
        theirs=theirs,
        status=KindChanged.status,
    )


async def _editor(
    request: Request,
    session: Session,
    name: str,
    draft: Draft,
    *,
    checked: Checked | None = None,
    theirs: Kind | None = None,
    status: int = 200,
) -> Response:
    checked = checked or await asyncio.to_thread(_checked, draft, name or None)
    base, directory = builtin_kinds().get(name), door_of(request).directory
    deeds = (
        await directory.audit.page(
            session.person.tenant, limit=RECENT, subject=name, action="kind_defined"
        )
        if name
        else []
    )
    values = {
        "name": name,
        "draft": draft,
        "checked": checked,
        "theirs": _diff(theirs, checked.kind, "As it stands now, against yours"),
        "against": _diff(base, checked.kind, "Against the built-in"),
        "deeds": [(moment(one.at), one.actor) for one in deeds],
        "names": await names_of(directory, session.person.tenant, [d.actor for d in deeds]),
        "max_chars": MAX_CHARS,
        "done": told(request, _done),
    }
    return admin_page(session, "kind.html", values, status)


def _checked(draft: Draft, name: str | None) -> Checked:
    try:
        kind = read_kind(draft.text, name)
    except BadKind as bad:
        return Checked(flaws=bad.flaws)
    return Checked(kind=kind, preview=preview_of(kind, draft.example))


def _diff(before: Kind | None, after: Kind | None, name: str) -> Diff | None:
    """What the one says otherwise than the other, however each was written."""
    if before is None or after is None:
        return None
    old, new = (text_of(kind.definition).splitlines(keepends=True) for kind in (before, after))
    file = f"{after.name}.yaml"
    lines = "".join(difflib.unified_diff(old, new, file, file))
    return diff_of(name, lines, prefix=name[:2].lower(), side_by_side=False) if lines else None


def _text(kind: Kind) -> str:
    return builtin_text(kind.name) if _is_builtin(kind) else text_of(kind.definition)


def _is_builtin(kind: Kind) -> bool:
    return builtin_kinds().get(kind.name) == kind


_one = "/admin/kinds/{kind}"
PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/kinds", Operation.DEFINE_KINDS, show_kinds),
    page_for("GET", "/admin/new-kind", Operation.DEFINE_KINDS, show_new),
    page_for("POST", "/admin/new-kind", Operation.DEFINE_KINDS, take_new),
    page_for("GET", _one, Operation.DEFINE_KINDS, show_kind),
    page_for("POST", _one, Operation.DEFINE_KINDS, take_kind),
)
