"""The API keys of a tenant: made, rotated, revoked; the secrets of a new one are shown once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.identity_inputs import ActForInput, KeyInput, RotateInput
from api.rest.keys import key_of, linked, made, revoked, rotated
from api.web.admin.sections import admin_page, told
from api.web.filling import Sheet, lines_of, picked, posted
from api.web.people import names_of
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from kernel.directory.api_key import ApiKey, IssuedKey
from kernel.directory.principals import Ability
from kernel.errors import Invalid, NotFound
from kernel.validation import flawed, validated

ABILITY = "ability."
MEANS: Mapping[str, str] = {
    Ability.ASK: "asks questions, and changes or cancels its own",
    Ability.READ: "reads all requests of this tenant",
    Ability.REDEEM: "spends the receipts of approvals",
    Ability.ACT_FOR: "reads and answers for people who are linked to its owner",
    Ability.KINDS: "defines kinds",
}
KEEP: Mapping[str, str] = {
    "3600": "for 1 hour more",
    "86400": "for 1 day more",
    "604800": "for 1 week more",
    "0": "no more, from now on",
}
_done = {
    "revoked": "Revoked. The key is refused everywhere within five seconds.",
    "linked": "Saved. Keys of this owner may speak for just these people.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One key; `state` is empty while it simply holds."""

    key: ApiKey
    holds: bool
    state: str
    created: str


async def show_keys(request: Request, session: Session) -> Response:
    """The page."""
    return await _shown(request, session)


async def take_key(request: Request, session: Session) -> Response:
    """Makes a key."""
    fields = await posted(request, session)
    try:
        issued = await made(request, _wanted(fields))
    except Invalid as error:
        sheet = Sheet(values=fields).with_flaws(error)
        return await _shown(request, session, sheet=sheet, status=error.status)
    return await _shown(request, session, issued=issued)


async def take_rotation(request: Request, session: Session) -> Response:
    """Makes a key in the place of another."""
    fields = await posted(request, session)
    keep = fields.get("keep", "")
    wanted = RotateInput(keep_seconds=int(keep)) if keep in KEEP else RotateInput()
    return await _shown(request, session, issued=await rotated(request, _id(request), wanted))


async def show_revoke(request: Request, session: Session) -> Response:
    """What will come of revoking a key, and the button for it."""
    key = await key_of(request, _id(request))
    if not key.holds_at(door_of(request).clock()):
        raise NotFound("This key holds no more.")
    return admin_page(session, "revoke.html", {"key": key, "created": moment(key.created_at)})


async def take_revoke(request: Request, session: Session) -> Response:
    """Ends a key."""
    await posted(request, session)
    await revoked(request, _id(request))
    return RedirectResponse("/admin/keys?done=revoked", SEE_OTHER)


async def take_links(request: Request, session: Session) -> Response:
    """Says for whom the keys of an owner may speak; people are named by their addresses."""
    fields, directory = await posted(request, session), door_of(request).directory
    named = lines_of(fields.get("people", ""))
    known = await directory.people.named(session.person.tenant, named)
    try:
        await linked(request, _id(request), _people(named, known))
    except Invalid as error:
        values = {**fields, f"people.{_id(request)}": fields.get("people", "")}
        sheet = Sheet(values=values).with_flaws(error)
        return await _shown(request, session, sheet=sheet, status=error.status)
    return RedirectResponse("/admin/keys?done=linked", SEE_OTHER)


def _wanted(fields: Mapping[str, str]) -> KeyInput:
    abilities = picked(fields, ABILITY)
    if not abilities:
        raise flawed("/abilities", "tick at least one")
    owner = fields.get("owner", "").strip()
    return validated(KeyInput, {"owner": owner, "abilities": abilities})


def _people(named: Sequence[str], known: Mapping[str, str]) -> ActForInput:
    unknown = [one for one in named if one not in known]
    if unknown:
        raise flawed("/people", f"nobody here has the address {', '.join(unknown[:5])}")
    return validated(ActForInput, {"people": [known[one] for one in named]})


def _id(request: Request) -> str:
    return str(request.path_params["key_id"])


async def _shown(
    request: Request,
    session: Session,
    *,
    sheet: Sheet | None = None,
    issued: IssuedKey | None = None,
    status: int = 200,
) -> Response:
    directory, tenant = door_of(request).directory, session.person.tenant
    keys = await directory.keys.every(tenant)
    links = await directory.links.every(tenant)
    rows = [_row(key, door_of(request).clock()) for key in keys]
    owners = {
        row.key.owner: [one for one in rows if one.key.owner == row.key.owner] for row in rows
    }
    speaking = {person for people in links.values() for person in people}
    values = {
        "owners": owners,
        "links": links,
        "names": await names_of(directory, tenant, speaking),
        "addresses": await _addresses(request, tenant, speaking),
        "means": MEANS,
        "keep": KEEP,
        "issued": issued,
        "sheet": sheet
        or Sheet(values={f"{ABILITY}{Ability.ASK}": "1", f"{ABILITY}{Ability.READ}": "1"}),
        "done": told(request, _done),
    }
    return admin_page(session, "keys.html", values, status)


async def _addresses(request: Request, tenant: str, ids: set[str]) -> Mapping[str, str]:
    people = door_of(request).directory.people
    found = [await people.get(tenant, one) for one in sorted(ids)]
    return {one.id: one.email for one in found if one is not None}


def _row(key: ApiKey, now: datetime) -> Row:
    holds = key.holds_at(now)
    state = f"{'holds until' if holds else 'ended'} {moment(key.revoked_at)}"
    return Row(
        key=key,
        holds=holds,
        state="" if key.revoked_at is None else state,
        created=moment(key.created_at),
    )


_one = "/admin/keys/{key_id}"
PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/keys", Operation.MANAGE_PEOPLE, show_keys),
    page_for("POST", "/admin/keys", Operation.MANAGE_PEOPLE, take_key),
    page_for("POST", f"{_one}/rotate", Operation.MANAGE_PEOPLE, take_rotation),
    page_for("GET", f"{_one}/revoke", Operation.MANAGE_PEOPLE, show_revoke),
    page_for("POST", f"{_one}/revoke", Operation.MANAGE_PEOPLE, take_revoke),
    page_for("POST", f"{_one}/links", Operation.MANAGE_PEOPLE, take_links),
)
