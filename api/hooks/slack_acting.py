"""Acts for a person in Slack as they would on our own pages: the same policy, the same commands."""

import hashlib

from starlette.requests import Request

from api.calls import request_id_in
from api.door import FrontDoor, door_of
from api.entering import enter
from api.hooks.slack_calls import Interaction
from api.identity.access import Operation
from api.sending import Call, ask
from api.slack_desk import principal_of
from api.web.notices import notice_of_refusal
from api.web.people import names_of
from event_schemas.types import CommandBody, Refusal, Reply
from kernel.directory.principals import Principal
from kernel.directory.slack_people import SlackUser
from services.notifier_svc.slack.markup import escaped

CHANNEL = "slack"


class Nobody(Exception):
    """The Slack user is no person that we know; the words say what they can do about it."""


async def entered(request: Request, interaction: Interaction, operation: Operation) -> Principal:
    """The person who did it, let through to the operation.

    Raises:
        Nobody: it is nobody we know.
        NotAllowed, TooMany: they may not do this, or not so often.
        SlackFailed, Unavailable: it can't be told who it is.
    """
    door, workspace = door_of(request), interaction.workspace
    user = interaction.payload.get("user")
    found = user if isinstance(user, dict) else {}
    person = await principal_of(door.slack, door.directory, workspace, found)
    if person is None:
        raise Nobody(_who_are_you(door, interaction, str(found.get("id"))))
    enter(request, person, operation)
    return person


def call_of(person: Principal, request_id: str, word: str, *payload_ids: str) -> Call:
    """The call that a payload is: the same ids are the same command, however often they come."""
    key = hashlib.sha256("\x1f".join(payload_ids).encode()).hexdigest()
    return Call(
        principal=person,
        request_id=request_id_in(request_id),
        route=f"POST /hooks/slack/interactions {word}",
        channel=CHANNEL,
        key=key,
    )


async def sent(door: FrontDoor, call: Call, command: CommandBody) -> Reply | None:
    """What came of the command; None if that is not known yet.

    Raises:
        Unavailable: it was not made durable.
    """
    return await ask(door.commands, door.clock, call, command)


async def words_of(door: FrontDoor, tenant: str, refusal: Refusal) -> str:
    """Why something was refused, and who was first, as mrkdwn."""
    winner = refusal.winner.actor_id if refusal.winner else None
    names = await names_of(door.directory, tenant, (winner, refusal.holder))
    return escaped(notice_of_refusal(refusal, names).text)


def _who_are_you(door: FrontDoor, interaction: Interaction, user_id: str) -> str:
    workspace = interaction.workspace
    offer = door.directory.slack_people.offer(
        SlackUser(tenant=workspace.tenant, team_id=workspace.team_id, user_id=user_id)
    )
    address = f"{door.settings.public_url.rstrip('/')}/slack/{offer}"
    return (
        "Handraise does not know which person you are."
        f" <{address}|Sign in and say that this is you>, then press again."
    )
