"""Renders the page of a request for a person, with a stamp of what they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from api.door import FrontDoor, door_of
from api.identity.access import RULES, Operation
from api.reading import story_of
from api.rest.shapes import happened_document, request_document
from api.sight import OPEN, sight_of
from api.web.notices import Notice
from api.web.people import names_of
from api.web.rendering import page, render
from api.web.request.allowed import allowed
from api.web.request.form_fields import Flaws
from api.web.request.neighbours import Neighbours, neighbours_of
from api.web.request.page import RequestPage, Viewer, page_of
from api.web.request.seen import Showing, digest_of, stamp
from api.web.request.standing import Standing
from api.web.request.typed import Typed
from api.web.routing import frame
from api.web.session import Session
from api.web.views.layout import Wish
from api.web.views.pictures import File, files_of
from event_schemas.types import Policy
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.secrets import Keyring
from projections.inbox.shown import RequestInFull

LAYOUT_COOKIE = "handraise_diff"
ONE_COLUMN, TWO_COLUMNS = "one", "two"
MAX_COLLEAGUES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a page tells beside the request itself, and with which status it is sent."""

    notice: Notice | None = None
    flaws: Flaws = field(default_factory=dict[str, Sequence[str]])
    comment_flaw: str = ""
    confirms: str = ""
    share_url: str = ""
    status: int = 200
    wish: Wish | None = None


def page_key(door: FrontDoor) -> bytes:
    """The key that signs what pages carry."""
    return Keyring.of(door.settings).subkey("page")


def wish_of(request: Request) -> Wish:
    """How this reader wants diffs, as the browser remembers it and the address asks."""
    kept = request.cookies.get(LAYOUT_COOKIE, TWO_COLUMNS)
    asked = request.query_params.get("diff", kept)
    return Wish(side_by_side=asked != ONE_COLUMN, everything="all" in request.query_params)


async def show(
    request: Request, session: Session, found: RequestInFull, typed: Typed, telling: Telling
) -> Response:
    """The page of a request for who is signed in, as the request stands in `found`."""
    door, person = door_of(request), session.person
    policy = await door.inbox.policy_of(person.tenant, found.line.id)
    if policy is None:
        raise NotFound("There is no such request")
    sight = await sight_of(door, person, found.line) if policy.personal_fields else OPEN
    document = sight.of_request(request_document(found, door.url_of(found.line.id)))
    story = await story_of(door, found)
    history = sight.of_history(happened_document(told) for told in story)
    looking = door.presence.lookers(person.tenant, found.line.id)
    may = allowed(person, found.line, policy)
    viewer = Viewer(
        now=door.clock(),
        me=person.id,
        names=await names_of(
            door.directory, person.tenant, _parties(document, history, found, looking)
        ),
        may=may,
        attempt=new_id(),
        typed=typed,
        notice=telling.notice,
        flaws=telling.flaws,
        comment_flaw=telling.comment_flaw,
        confirms=telling.confirms,
        wish=telling.wish or wish_of(request),
        lookers=tuple(one for one in looking if one != person.id),
        colleagues=await _colleagues(door, found, policy) if "assign" in may else (),
        files=await _files(door, person.tenant, typed),
        neighbours=await _neighbours(door, session, found),
        share_url=telling.share_url,
    )
    shown = page_of(document, Standing.of(found.line, policy), history, viewer)
    return page("request.html", _values(door, session, shown), telling.status)


def _values(door: FrontDoor, session: Session, shown: RequestPage) -> Mapping[str, Any]:
    risks, content = _rendered(shown)
    return {
        **frame(session),
        "page": shown,
        "risks": risks,
        "content": content,
        "seen": _stamped(door, session.person.id, shown, risks + content),
    }


def shown_content(door: FrontDoor, person: str, shown: RequestPage) -> tuple[Markup, str]:
    """The question's content as it is rendered for a person, and the stamp that says so."""
    risks, content = _rendered(shown)
    return risks + content, _stamped(door, person, shown, risks + content)


def _rendered(shown: RequestPage) -> tuple[Markup, Markup]:
    """The risks of a question, which may stand beside it, and the rest of its content."""
    risks = render("views/risks.html", {"page": shown})
    content = render("views/content.html", {"page": shown})
    # Both are made by our own templates just now.
    return Markup(risks), Markup(content)  # noqa: S704


def _stamped(door: FrontDoor, person: str, shown: RequestPage, content: Markup) -> str:
    showing = Showing(
        person=person,
        request_id=shown.id,
        revision=shown.revision,
        content_hash=shown.content_hash,
        digest=digest_of(f"{shown.title}\n{shown.description}\n{content}"),
    )
    return stamp(page_key(door), showing, door.clock())


def _parties(
    document: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    found: RequestInFull,
    looking: Sequence[str],
) -> list[str | None]:
    assignee: Mapping[str, Any] = document["assigned_to"] or {}
    parties = [entry["actor"]["id"] for entry in history]
    parties += [document["requester"], document["responded_by"], assignee.get("person")]
    return [*parties, *looking, *(vote["person"] for vote in found.line.votes)]


async def _colleagues(
    door: FrontDoor, found: RequestInFull, policy: Policy
) -> tuple[tuple[str, str], ...]:
    """The ids and names of those to whom the request may be given."""
    line = found.line
    people = await door.directory.people.matching(
        line.tenant, policy.candidates, kind=line.kind, principal_id=line.principal_id
    )
    return tuple((person.id, person.name) for person in people[:MAX_COLLEAGUES])


async def _files(door: FrontDoor, tenant: str, typed: Typed) -> tuple[File, ...]:
    """The files that were put in with what was typed; those that are gone are left out."""
    known: list[Mapping[str, Any]] = []
    for one in typed.files:
        try:
            known.append((await door.directory.attachments.get(tenant, one)).as_record())
        except NotFound:
            continue
    return files_of(known)


async def _neighbours(door: FrontDoor, session: Session, found: RequestInFull) -> Neighbours:
    if not RULES[Operation.RESPOND].admits(session.person):
        return Neighbours()
    return await neighbours_of(door, session.person, found.line.id)
