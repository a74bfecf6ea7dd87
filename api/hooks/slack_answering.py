"""A person submitted the modal in which they decide: their answer, as from any other channel."""

from dataclasses import dataclass

from starlette.requests import Request

from api.answering import GivenAnswer, respond_command
from api.door import FrontDoor
from api.errors import views_away
from api.hooks.slack_acting import Nobody, call_of, entered, sent, words_of
from api.hooks.slack_calls import Interaction
from api.identity.access import Operation
from api.reading import find
from api.step_up import needs_sign_in
from api.web.notices import notice_of_flaws
from event_schemas.types import RefusalReason
from kernel.errors import HandraiseError, Invalid
from services.notifier_svc.slack.markup import escaped
from services.notifier_svc.slack.modal import Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of an answer: taken, or why not as mrkdwn; `comment_wanted`: it lacks a comment."""

    taken: bool
    words: str = ""
    comment_wanted: bool = False


async def submit(
    door: FrontDoor, request: Request, interaction: Interaction, given: Submitted
) -> Done:
    """Gives the answer; whatever stands in its way is told and never raised."""
    try:
        return await _answered(door, request, interaction, given)
    except Nobody as stranger:
        return Done(taken=False, words=str(stranger))
    except Invalid as error:
        return Done(taken=False, words=escaped(notice_of_flaws(error).text))
    except HandraiseError as error:
        return Done(taken=False, words=escaped(f"Your answer was not taken. {error}"))
    except views_away:
        return Done(taken=False, words="Your answer was not taken: the request can't be read now.")


async def _answered(
    door: FrontDoor, request: Request, interaction: Interaction, given: Submitted
) -> Done:
    person = await entered(request, interaction, Operation.RESPOND)
    view_id = str(interaction.payload["view"].get("id"))
    comment = given.comment.strip()
    call = call_of(person, given.what.request_id, "respond", view_id, given.decision, comment)
    found = await find(door, person.tenant, call.request_id)
    if await needs_sign_in(door, found):
        return Done(taken=False, words="This kind of question is only decided by who is signed in.")
    answer = GivenAnswer(
        decision=given.decision, comment=comment or None, revision=given.what.revision
    )
    command = await respond_command(door, person.tenant, call.request_id, answer)
    reply = await sent(door, call, command)
    if reply is None:
        return Done(taken=False, words="Your answer is recorded; what came of it is not known yet.")
    if reply.refusal is None:
        return Done(taken=True)
    words = await words_of(door, person.tenant, reply.refusal)
    lacking = reply.refusal.reason is RefusalReason.INVALID and not comment
    return Done(taken=False, words=words, comment_wanted=lacking)
