"""A person pressed a button of a message in Slack: they take the request, or get a modal."""

from typing import Any

from starlette.requests import Request

from api.calls import request_id_in
from api.door import FrontDoor
from api.hooks.slack_acting import Nobody, call_of, entered, sent, words_of
from api.hooks.slack_calls import Interaction
from api.hooks.slack_telling import replace, tell
from api.identity.access import Operation
from api.reading import find_revision
from api.step_up import needs_sign_in
from api.web.people import names_of
from event_schemas.types import Claim
from kernel.directory.principals import Principal
from kernel.errors import NotAllowed, NotFound
from projections.inbox.shown import RequestInFull
from services.notifier_svc.slack.card import CLAIM, DECIDE, Pressed, pressed, taken_message
from services.notifier_svc.slack.client import SlackFailed
from services.notifier_svc.slack.markup import escaped
from services.notifier_svc.slack.modal import Asked, decision_modal


async def press(door: FrontDoor, request: Request, interaction: Interaction) -> None:
    """Does what the button says; where it can't be done, the person is told why.

    Raises:
        Unavailable: a part that is needed is away.
    """
    action = interaction.payload["actions"][0]
    what, word = pressed(action.get("value")), str(action.get("action_id"))
    if what is None:
        return
    try:
        words = await _done(door, request, interaction, what, word)
    except Nobody as stranger:
        words = str(stranger)
    except (NotAllowed, NotFound) as refused:
        words = escaped(str(refused))
    if words:
        await tell(door, interaction.payload.get("response_url"), words)


async def _done(
    door: FrontDoor, request: Request, interaction: Interaction, what: Pressed, word: str
) -> str:
    """Does it; gives what the person must be told, or nothing."""
    if word == CLAIM:
        return await _claim(door, request, interaction, what)
    if word.startswith(f"{DECIDE}:"):
        return await _open_modal(door, request, interaction, what)
    return ""


async def _claim(door: FrontDoor, request: Request, interaction: Interaction, what: Pressed) -> str:
    person = await entered(request, interaction, Operation.CLAIM)
    action = interaction.payload["actions"][0]
    call = call_of(person, what.request_id, "claim", str(action.get("action_ts")), action["value"])
    reply = await sent(door, call, Claim())
    if reply is None:
        return "It is not known yet whether you have it; the message will tell."
    if reply.refusal is not None:
        return await words_of(door, person.tenant, reply.refusal)
    taken = f"*{escaped(person.name)}* has taken this."
    message = interaction.payload.get("message")
    if isinstance(message, dict):
        shown = taken_message(message, taken)
        await replace(door, interaction.payload.get("response_url"), shown)
    return ""


async def _open_modal(
    door: FrontDoor, request: Request, interaction: Interaction, what: Pressed
) -> str:
    person = await entered(request, interaction, Operation.RESPOND)
    request_id = request_id_in(what.request_id)
    found = await find_revision(door, person.tenant, request_id, what.revision)
    if refusal := await _why_not(door, found, what):
        return refusal
    option = next((o for o in found.decisions if o["name"] == what.decision), None)
    if option is None:
        return "This decision is no longer offered; open the request."
    asked = _asked(found, option, person)
    payload = interaction.payload
    view = decision_modal(what, asked, str(payload.get("response_url") or ""))
    trigger = {"trigger_id": payload.get("trigger_id"), "view": view}
    try:
        await door.slack.client.write("views.open", interaction.workspace.bot_token, trigger)
    except SlackFailed:
        return "Slack did not let us ask you in time. Press the button again."
    return ""


def _asked(found: RequestInFull, option: dict[str, Any], person: Principal) -> Asked:
    return Asked(
        title=found.line.title,
        label=option["label"],
        description=found.description or "",
        needs_comment=option["needs_comment"],
        who=person.name,
    )


async def _why_not(door: FrontDoor, found: RequestInFull, what: Pressed) -> str:
    line = found.line
    page = f"<{door.url_of(line.id)}|Open the request>"
    if not line.open:
        return await _who_won(door, found)
    if line.revision != what.revision:
        return f"The question has changed since this message. {page}."
    if await needs_sign_in(door, found):
        return f"This kind of question is only decided by who is signed in. {page}."
    return ""


async def _who_won(door: FrontDoor, found: RequestInFull) -> str:
    line = found.line
    if line.responded_by is None:
        return f"This request is closed: {escaped(str(line.outcome or line.state))}."
    names = await names_of(door.directory, line.tenant, (line.responded_by,))
    who = names.get(line.responded_by, line.responded_by)
    decision = str((line.response or {}).get("decision", "")).replace("_", " ")
    return f"{escaped(who)} was first: {escaped(decision)}."
