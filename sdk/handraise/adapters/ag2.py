"""AG2 (the successor of AutoGen): people approve tool calls, and answer what agents ask them.

::

    @tool(middleware=[approval_by_people(hand, agent_id="support", timeout=60)])
    async def refund(order: str, cents: int) -> str: ...

    agent = Agent("support", config=model, tools=[refund], hitl_hook=people_answer(hand))
    await agent.ask("Refund order A-17", stream=MemoryStream(id=conversation_id))

A tool call is known by the stream's id, the call's id, the tool and its arguments: made again, in
any process, it finds its request again, and its approval is spent by the call that runs, so that a
repeat does not. Arguments that a reviewer edited are the ones that the tool is called with. A turn
of AG2 lives in its process: it waits for people in memory, as AG2's own approvals do.

A person's no is a result that the model is told. That nobody could be asked, or answered within
`at_most`, is none: it ends the turn with one of AG2's `HumanInputError`s.
"""

import json
from copy import copy
from datetime import timedelta
from typing import Any, Final, Unpack, cast

from ag2 import Context
from ag2.events import HumanInputRequest, ToolApprovalRequest, ToolCallEvent, ToolResultEvent
from ag2.exceptions import HumanInputFailedError, HumanInputTimeoutError
from ag2.hitl import HumanHook
from ag2.middleware import ToolMiddleware
from ag2.middleware.base import ToolExecution, ToolResultType

from handraise.adapters.asking import Terms, bound, one_line, outcomes
from handraise.adapters.sayings import accepts, approves, reason_in
from handraise.adapters.tool_calls import Denied, ToolCall, question_about, spent, verdict_on
from handraise.client import Handraise
from handraise.errors import HandraiseError
from handraise.models import Json
from handraise.outcomes import Outcome
from handraise.question import Question

_ANSWERS: Final = "clarification"
_APPROVALS: Final = "approval"
_YES, _NO = "y", "n"
"""What AG2's own `approval_required` takes for an approval, and for none."""


def approval_by_people(
    hand: Handraise, *, at_most: timedelta | None = None, **terms: Unpack[Terms]
) -> ToolMiddleware:
    """Middleware of a tool whose every call a person approves first.

    A call waits for as long as its request lives, or `at_most` so long; the terms' kind needs a
    `receipt`, as `tool_call` has, which is the usual one.
    """

    async def by_people(
        call_next: ToolExecution, event: ToolCallEvent, context: Context
    ) -> ToolResultType:
        arguments: Json = event.serialized_arguments
        call = ToolCall(id=event.id, tool=event.name, arguments=arguments)
        question = question_about(call, str(context.stream.id), terms)
        outcome = await _outcome(hand, question, at_most)
        try:
            verdict = await spent(hand, verdict_on(call, outcome), outcome, event.name)
        except HandraiseError as trouble:
            raise HumanInputFailedError(trouble) from trouble
        if isinstance(verdict, Denied):
            return ToolResultEvent.from_call(event, result=verdict.reason)
        return await call_next(_with(event, verdict.arguments), context)

    return by_people


def people_answer(
    hand: Handraise, *, at_most: timedelta | None = None, **terms: Unpack[Terms]
) -> HumanHook:
    """A `hitl_hook`: what an agent asks by `context.input` goes to people, as a clarification.

    The answer's data, as JSON, or its comment is what the agent hears. The questions of AG2's own
    `approval_required` are put as approvals, and answered with yes or no.
    """

    async def asked(event: HumanInputRequest, context: Context) -> str:
        is_approval = isinstance(event, ToolApprovalRequest)
        fields: dict[str, Any] = {
            "kind": _APPROVALS if is_approval else _ANSWERS,
            "description": event.content,
            **terms,
            "title": one_line(event.content),
        }
        workflow_id, place = str(context.stream.id), f"input-{event.id}"
        question = bound(
            cast("Question", fields), workflow_id=workflow_id, place=place, about=event.content
        )
        outcome = await _outcome(hand, question, at_most)
        if is_approval:
            return _YES if approves(outcome) else _NO
        return _heard(outcome)

    return asked


async def _outcome(hand: Handraise, question: Question, at_most: timedelta | None) -> Outcome:
    try:
        found = await outcomes(hand, {"": question}, at_most)
    except HandraiseError as trouble:
        raise HumanInputFailedError(trouble) from trouble
    if not found:
        assert at_most is not None, "only a bounded wait ends without an outcome"
        raise HumanInputTimeoutError(at_most.total_seconds())
    return found[""]


def _heard(outcome: Outcome) -> str:
    said = outcome.request.response
    if not accepts(outcome) or said is None:
        return reason_in(outcome)
    return said.comment or "" if said.data is None else json.dumps(said.data)


def _with(event: ToolCallEvent, arguments: Json) -> ToolCallEvent:
    """The call with just the arguments that were approved."""
    approved = copy(event)
    approved.arguments = json.dumps(arguments)
    approved.serialized_arguments = dict(arguments)
    return approved
