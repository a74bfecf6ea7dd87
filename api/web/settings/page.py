"""The page of a person's settings, and the forms on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import address_of
from api.identity.passwords import NewPassword, change_password
from api.identity.signing_in import SIGN_IN
from api.rest.absences import said_away
from api.rest.duty_inputs import AbsencePutInput
from api.rest.preferences import kept_preferences
from api.web.filling import Sheet, posted
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session, end
from api.web.settings import away_form, told_form
from api.web.time_words import moment
from kernel.directory.passwords import MAX_CHARS, MIN_CHARS
from kernel.errors import Invalid
from kernel.validation import flawed

RECENT = 10
_done = {
    "told": "Saved. It holds within five seconds.",
    "away": "Saved. What would come to you goes to your substitute while you are away.",
    "back": "You are in the office again.",
    "browser": "This browser is told from now on.",
    "no-browser": "That browser is told no more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """The forms of the page as they came back; what is None is drawn from what is kept."""

    told: Sheet | None = None
    away: Sheet | None = None
    password: Sheet = field(default_factory=Sheet)


async def show_settings(request: Request, session: Session) -> Response:
    """The page."""
    return await _shown(request, session, Sheets())


async def take_told(request: Request, session: Session) -> Response:
    """Keeps how the person is told."""
    fields = await posted(request, session)
    try:
        await kept_preferences(request, told_form.input_of(fields))
    except Invalid as error:
        told = Sheet(values=fields).with_flaws(error)
        return await _shown(request, session, Sheets(told=told), error.status)
    return RedirectResponse("/settings?done=told", SEE_OTHER)


async def take_away(request: Request, session: Session) -> Response:
    """Keeps when the person is away, or that they are back."""
    fields, directory = await posted(request, session), door_of(request).directory
    person = session.person
    if fields.get("do") == "end":
        await said_away(request, person.id, AbsencePutInput(absence=None))
        return RedirectResponse("/settings?done=back", SEE_OTHER)
    zone = (await directory.preferences.get(person.tenant, person.id)).time_zone
    try:
        wanted = await away_form.input_of(directory, person, fields, zone)
        await said_away(request, person.id, wanted)
    except Invalid as error:
        away = Sheet(values=fields).with_flaws(error)
        return await _shown(request, session, Sheets(away=away), error.status)
    return RedirectResponse("/settings?done=away", SEE_OTHER)


async def take_password(request: Request, session: Session) -> Response:
    """Gives the person a new password; every browser of theirs must sign in again with it."""
    fields = await posted(request, session)
    new = fields.get("new_password", "")
    try:
        if new != fields.get("again", ""):
            raise flawed("/again", "the two new passwords are not the same")
        door, password = door_of(request), fields.get("password", "")
        wanted = NewPassword(password=password, new=new, address=address_of(request))
        await change_password(door.directory, door.lock_out, session.person, wanted)
    except Invalid as error:
        sheets = Sheets(password=Sheet().with_flaws(error))
        return await _shown(request, session, sheets, error.status)
    response = RedirectResponse("/sign-in?next=/settings", SEE_OTHER)
    # At once here; elsewhere within five seconds.
    await end(door_of(request), response, session)
    return response


async def _shown(request: Request, session: Session, sheets: Sheets, status: int = 200) -> Response:
    directory, person = door_of(request).directory, session.person
    kept = await directory.preferences.get(person.tenant, person.id)
    absence = (await directory.duty.roster(person.tenant)).absences.get(person.id)
    stands_in = absence and absence.substitute
    substitute = await directory.people.get(person.tenant, stands_in) if stands_in else None
    values: Mapping[str, Any] = {
        **frame(session),
        "me": person,
        "told": sheets.told or told_form.sheet_of(kept),
        "chats": kept.chats,
        "away": sheets.away
        or away_form.sheet_of(absence, kept.time_zone, substitute.email if substitute else ""),
        "absence": absence,
        "is_away": absence is not None and absence.holds(door_of(request).clock()),
        "zone": kept.time_zone,
        "zones": sorted(available_timezones()),
        "password": sheets.password,
        "bounds": (MIN_CHARS, MAX_CHARS),
        "sign_ins": await _sign_ins(request, session),
        "browsers": await directory.push.ids_of(person.tenant, person.id),
        "push_key": await directory.push.public_key(),
        "words": told_form,
        "done": _done.get(request.query_params.get("done", ""), ""),
    }
    return page("settings/settings.html", values, status)


async def _sign_ins(request: Request, session: Session) -> list[Mapping[str, str]]:
    """When, from where and how the person signed in of late."""
    found = await door_of(request).directory.audit.page(
        session.person.tenant, limit=RECENT, actor=session.person.id, action=SIGN_IN
    )
    return [
        {"at": moment(one.at), "address": one.address, "by": str(one.detail.get("by", ""))}
        for one in found
    ]


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/settings", Operation.BE_TOLD, show_settings),
    page_for("POST", "/settings/told", Operation.CHOOSE, take_told),
    page_for("POST", "/settings/away", Operation.BE_ABSENT, take_away),
    page_for("POST", "/settings/password", Operation.CHANGE_PASSWORD, take_password),
)
