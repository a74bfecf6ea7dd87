"""Invitations: an admin lets somebody in by a link, or lets them set a new password."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of
from api.door import door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.identity.inviting import send_link
from api.identity.roles import check_roles
from api.json_answers import answer
from api.rest.documents.people import (
    InvitationDocument,
    InvitationsDocument,
    SentInvitationDocument,
)
from api.rest.examples.people import IDENTITY_BODIES, INVITATION, INVITATIONS, SENT
from api.rest.identity_inputs import InvitationInput
from api.rest.inputs import NothingInput
from api.rest.people import person_of
from api.rest.spec import Shown, described
from kernel.directory.invitation import Invitation, Wanted
from kernel.errors import NotFound
from kernel.validation import flawed

router = APIRouter(prefix="/api/v1", tags=["identity"])


def _document(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "purpose": invitation.purpose,
        "email": invitation.email,
        "person": invitation.person,
        "name": invitation.name,
        "roles": invitation.roles,
        "teams": invitation.teams,
        "created_at": invitation.created_at,
        "created_by": invitation.created_by,
        "expires_at": invitation.expires_at,
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation just made, its link, and whether the mail server took the mail with it."""

    invitation: Invitation
    link: str
    mailed: bool


async def _sent(request: Request, invitation: Invitation, token: str) -> Sent:
    return Sent(invitation, *await send_link(door_of(request).settings, invitation, token))


def _sent_answer(sent: Sent) -> Response:
    return answer(_document(sent.invitation) | {"link": sent.link, "mailed": sent.mailed}, 201)


@router.get(
    "/invitations",
    **described(
        Operation.MANAGE_PEOPLE, "List invitations", Shown(InvitationsDocument, INVITATIONS)
    ),
)
async def list_invitations(request: Request) -> Response:
    """The links that still work, without the links themselves."""
    found = await door_of(request).directory.invitations.open(caller_of(request).tenant)
    return answer({"items": list(map(_document, found))})


@router.post(
    "/invitations",
    **described(
        Operation.MANAGE_PEOPLE,
        "Invite somebody",
        Shown(SentInvitationDocument, SENT, status=201),
        body=Shown(InvitationInput, IDENTITY_BODIES[InvitationInput]),
    ),
)
async def invite(request: Request) -> Response:
    """Mails a link by which somebody joins; it works once, within 7 days.

    The link is also in this answer, and nowhere else: should the mail not arrive, pass it on.
    """
    return _sent_answer(await invited(request, await read_model(request, InvitationInput)))


async def invited(request: Request, wanted: InvitationInput) -> Sent:
    """Invites somebody to the caller's tenant.

    Raises:
        Invalid: the address is none, or has an account here; or a role or team is none.
        Unavailable: the directory is away.
    """
    directory, tenant = door_of(request).directory, caller_of(request).tenant
    check_roles(wanted.roles, await directory.kinds.every(tenant))
    said = wanted.model_dump()
    made = await directory.invitations.invite(
        tenant, Wanted(**said), deed_of(request, "invitation_made", **said)
    )
    return await _sent(request, *made)


@router.delete(
    "/invitations/{invitation_id}",
    **described(
        Operation.MANAGE_PEOPLE,
        "Withdraw an invitation",
        Shown(InvitationDocument, INVITATION),
        problems=("unknown",),
    ),
)
async def withdraw(request: Request, invitation_id: str) -> Response:
    """Ends a link that was not used yet, at once."""
    return answer(_document(await withdrawn(request, invitation_id)))


async def withdrawn(request: Request, invitation_id: str) -> Invitation:
    """Ends a link of the caller's tenant.

    Raises:
        NotFound: there is no such invitation that still works.
        Unavailable: the directory is away.
    """
    invitations, tenant = door_of(request).directory.invitations, caller_of(request).tenant
    found = next((one for one in await invitations.open(tenant) if one.id == invitation_id), None)
    if found is None:
        raise NotFound("There is no such invitation here")
    await invitations.withdraw(tenant, found.id, deed_of(request, "invitation_withdrawn", found.id))
    return found


@router.post(
    "/people/{person_id}/reset",
    **described(
        Operation.MANAGE_PEOPLE,
        "Let a person set a new password",
        Shown(
            SentInvitationDocument,
            SENT | {"purpose": "password", "roles": [], "teams": []},
            status=201,
        ),
        body=Shown(NothingInput, {}),
        problems=("unknown",),
    ),
)
async def reset(request: Request, person_id: str) -> Response:
    """Mails a link by which a person sets a new password; until then the old one holds."""
    await read_model(request, NothingInput)
    return _sent_answer(await reset_sent(request, person_id))


async def reset_sent(request: Request, person_id: str) -> Sent:
    """Lets a person of the caller's tenant set a new password.

    Raises:
        NotFound: there is no such person.
        Invalid: the person is not active.
        Unavailable: the directory is away.
    """
    person = await person_of(request, person_id)
    if not person.is_active:
        raise flawed("", "This person is not active")
    deed = deed_of(request, "password_link_made", person.id)
    return await _sent(request, *await door_of(request).directory.invitations.reset(person, deed))
