"""Invitations: sent, sent anew, withdrawn; the link is shown once."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import door_of
from api.identity.access import Operation
from api.rest.identity_inputs import InvitationInput
from api.rest.invitations import Sent, invited, reset_sent, withdrawn
from api.web.admin.person_form import offered, rights_of, rights_sheet
from api.web.admin.sections import admin_page, told
from api.web.filling import Sheet, posted
from api.web.people import names_of
from api.web.routing import SEE_OTHER, PageRoute, page_for
from api.web.session import Session
from api.web.time_words import moment
from kernel.directory.invitation import Invitation
from kernel.directory.principals import Role
from kernel.errors import Invalid, NotFound
from kernel.validation import validated

_done = {"withdrawn": "Withdrawn. The link does not work any more."}


async def show_invitations(request: Request, session: Session) -> Response:
    """The links that still work, and the form for a new one."""
    return await _shown(request, session)


async def take_invitation(request: Request, session: Session) -> Response:
    """Invites somebody."""
    fields = await posted(request, session)
    plain = {name: fields.get(name, "").strip() for name in ("email", "name")}
    try:
        wanted = validated(InvitationInput, {**plain, **rights_of(fields)})
        sent = await invited(request, wanted)
    except Invalid as error:
        sheet = Sheet(values=fields).with_flaws(error)
        return await _shown(request, session, sheet=sheet, status=error.status)
    return await _shown(request, session, sent=sent)


async def take_again(request: Request, session: Session) -> Response:
    """Sends a new link in the place of one that still works."""
    await posted(request, session)
    found = await _invitation(request, session)
    if found.person is not None:
        return await _shown(request, session, sent=await reset_sent(request, found.person))
    rights = {"roles": list(found.roles), "teams": list(found.teams)}
    wanted = validated(InvitationInput, {"email": found.email, "name": found.name, **rights})
    return await _shown(request, session, sent=await invited(request, wanted))


async def take_withdrawal(request: Request, session: Session) -> Response:
    """Ends a link."""
    await posted(request, session)
    await withdrawn(request, str(request.path_params["invitation_id"]))
    return RedirectResponse("/admin/invitations?done=withdrawn", SEE_OTHER)


async def _invitation(request: Request, session: Session) -> Invitation:
    wanted = str(request.path_params["invitation_id"])
    still_open = await door_of(request).directory.invitations.open(session.person.tenant)
    found = next((one for one in still_open if one.id == wanted), None)
    if found is None:
        raise NotFound("There is no such invitation here, or it was used or withdrawn by now.")
    return found


async def _shown(
    request: Request,
    session: Session,
    *,
    sheet: Sheet | None = None,
    sent: Sent | None = None,
    status: int = 200,
) -> Response:
    directory, tenant = door_of(request).directory, session.person.tenant
    found = await directory.invitations.open(tenant)
    choice = await offered(request)
    values = {
        "invitations": found,
        "names": await names_of(directory, tenant, [one.created_by for one in found]),
        "choice": asdict(choice),
        "sheet": sheet or rights_sheet(choice, [Role.REVIEWER], []),
        "sent": sent,
        "done": told(request, _done),
        "moment": moment,
    }
    return admin_page(session, "invitations.html", values, status)


_one = "/admin/invitations/{invitation_id}"
PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/admin/invitations", Operation.MANAGE_PEOPLE, show_invitations),
    page_for("POST", "/admin/invitations", Operation.MANAGE_PEOPLE, take_invitation),
    page_for("POST", f"{_one}/again", Operation.MANAGE_PEOPLE, take_again),
    page_for("POST", f"{_one}/withdraw", Operation.MANAGE_PEOPLE, take_withdrawal),
)
