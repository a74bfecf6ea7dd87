"""One person: what they are called and may do, a new password, and seeing them off."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.duty_inputs import SkillsInput
from api.rest.identity_inputs import PersonChangeInput
from api.rest.invitations import Sent, reset_sent
from api.rest.people import changed, person_of
from api.web.admin.person_form import offered, rights_of, rights_sheet
from api.web.admin.role_words import words_of
from api.web.admin.sections import admin_page, told
from api.web.filling import Sheet, lines_of, posted
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from kernel.directory.person import Person
from kernel.directory.staff import LastAdmin
from kernel.errors import Invalid
from kernel.validation import validated
from projections.inbox.load import Held, held_by

RECENT = 10
_done = {
    "saved": "Saved. It holds everywhere within five seconds.",
    "left": "Deactivated. Sessions and tokens end within five seconds; what they held goes back.",
    "back": "Active again. They can sign in as before.",
}


async def show_person(request: Request, session: Session) -> Response:
    """The person's page."""
    return await _shown(request, session, await _person(request))


async def take_person(request: Request, session: Session) -> Response:
    """Changes name, roles, teams and skills."""
    fields, person = await posted(request, session), await _person(request)
    duty = door_of(request).directory.duty
    try:
        skills = validated(SkillsInput, {"skills": lines_of(fields.get("skills", ""))})
        wanted = validated(PersonChangeInput, {"name": fields.get("name", ""), **rights_of(fields)})
        await changed(request, person.id, wanted)
        if person.is_active:
            tenant, me = person.tenant, session.person.id
            await duty.put_skills(tenant, person.id, skills.skills, me)
    except Invalid as error:
        sheet = Sheet(values=fields).with_flaws(error)
        return await _shown(request, session, person, sheet=sheet, status=error.status)
    except LastAdmin as error:
        return await _shown(request, session, person, problem=str(error), status=error.status)
    return RedirectResponse(f"/admin/people/{person.id}?done=saved", SEE_OTHER)


async def take_reset(request: Request, session: Session) -> Response:
    """Lets the person set a new password, and shows the link once."""
    await posted(request, session)
    person = await _person(request)
    try:
        sent = await reset_sent(request, person.id)
    except Invalid as error:
        return await _shown(request, session, person, problem=str(error), status=error.status)
    return await _shown(request, session, person, sent=sent)


async def show_leave(request: Request, session: Session) -> Response:
    """What will come of deactivating the person, and the button for it."""
    return await _leave(request, session, await _person(request))


async def take_leave(request: Request, session: Session) -> Response:
    """Deactivates the person."""
    await posted(request, session)
    person = await _person(request)
    try:
        await changed(request, person.id, PersonChangeInput(is_active=False))
    except LastAdmin as error:
        return await _leave(request, session, person, problem=str(error), status=error.status)
    return RedirectResponse(f"/admin/people/{person.id}?done=left", SEE_OTHER)


async def take_back(request: Request, session: Session) -> Response:
    """Lets the person in again."""
    await posted(request, session)
    person = await _person(request)
    await changed(request, person.id, PersonChangeInput(is_active=True))
    return RedirectResponse(f"/admin/people/{person.id}?done=back", SEE_OTHER)


async def _person(request: Request) -> Person:
    return await person_of(request, str(request.path_params["person_id"]))


async def _leave(
    request: Request, session: Session, person: Person, *, problem: str = "", status: int = 200
) -> Response:
    held = await _held(request, person)
    stands_in = (await door_of(request).directory.duty.roster(person.tenant)).stands_in_for(
        person.id, door_of(request).clock()
    )
    values = {
        "who": person,
        "claimed": 0 if held is None else held.claimed + held.begun,
        "assigned": 0 if held is None else held.assigned,
        "stands_in": len(stands_in),
        "is_me": person.id == session.person.id,
        "problem": problem,
    }
    return admin_page(session, "leave.html", values, status)


async def _held(request: Request, person: Person) -> Held | None:
    door = door_of(request)
    now = door.clock()
    found = await held_by(door.pool, person.tenant, now=now, due_by=now + timedelta(hours=1))
    return next((one for one in found if one.person == person.id), None)


async def _shown(
    request: Request,
    session: Session,
    person: Person,
    *,
    sheet: Sheet | None = None,
    sent: Sent | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    directory, choice = door_of(request).directory, await offered(request)
    roster = await directory.duty.roster(person.tenant)
    skills = "\n".join(sorted(roster.skills.get(person.id, ())))
    deeds = await directory.audit.page(person.tenant, limit=RECENT, subject=person.id)
    values: dict[str, Any] = {
        "who": person,
        "created": moment(person.created_at),
        "sheet": sheet
        or rights_sheet(choice, person.roles, person.teams, name=person.name, skills=skills),
        "choice": asdict(choice),
        "explained": [(role, words_of(role)) for role in person.roles],
        "absence": roster.absences.get(person.id),
        "deeds": [{"at": moment(one.at), "what": one.action, "how": one.outcome} for one in deeds],
        "sent": sent,
        "problem": problem,
        "done": told(request, _done),
        "moment": moment,
    }
    return admin_page(session, "person.html", values, status)


_one = "/admin/people/{person_id}"
PAGES: tuple[PageRoute, ...] = (
    page_for("GET", _one, Operation.MANAGE_PEOPLE, show_person),
    page_for("POST", _one, Operation.MANAGE_PEOPLE, take_person),
    page_for("POST", f"{_one}/reset", Operation.MANAGE_PEOPLE, take_reset),
    page_for("GET", f"{_one}/leave", Operation.MANAGE_PEOPLE, show_leave),
    page_for("POST", f"{_one}/leave", Operation.MANAGE_PEOPLE, take_leave),
    page_for("POST", f"{_one}/back", Operation.MANAGE_PEOPLE, take_back),
)
