"""Pydantic AI: deferred tool calls become requests, and their answers deferred tool results.

::

    agent = Agent(model, output_type=[str, DeferredToolRequests])

    @agent.tool_plain(requires_approval=True)
    def refund(order: str, cents: int) -> str: ...

    deferred = DeferredTools(hand, timeout=60, agent_id="support")
    result = await agent.run("Refund order A-17")
    if isinstance(result.output, DeferredToolRequests):
        await deferred.ask(result.output, run_id=result.conversation_id)
        # keep result.all_messages_json() and DUMPED.dump_json(result.output); the process may end

    # Later, in any process:
    results = await deferred.results(requests, run_id=conversation_id)
    result = await agent.run(message_history=messages, deferred_tool_results=results)

Or without leaving the run, as a capability of the agent:
`HandleDeferredToolCalls(lambda ctx, calls: deferred.results(calls, run_id=ctx.conversation_id))`.

A request is known by the run, the call's id, the tool and its arguments; asked again in any process
it is the same one. Arguments that a reviewer edited are the ones that the tool is called with.
"""

from datetime import timedelta
from typing import Any, Unpack

from pydantic import TypeAdapter
from pydantic_ai import ToolApproved, ToolDenied
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.tools import DeferredToolRequests, DeferredToolResults

from handraise.adapters.asking import Terms, asked, outcomes
from handraise.adapters.sayings import accepts, reason_in, responder_of
from handraise.adapters.tool_calls import (
    Approved,
    Denied,
    ToolCall,
    question_about,
    spent,
    verdict_on,
)
from handraise.client import Handraise
from handraise.models import Request
from handraise.outcomes import Answered, Outcome
from handraise.question import Question

DUMPED: TypeAdapter[DeferredToolRequests] = TypeAdapter(DeferredToolRequests)
"""Keeps the requests of a run as JSON: `dump_json` and `validate_json`."""


class DeferredTools:
    """Asks people on these terms about deferred tool calls.

    Calls that need approval are of the terms' `kind`; calls that a person is to carry out or to
    answer are of `call_kind`, and their result is the answer's data, or else its comment. What a
    tool puts under `question` into the metadata of `ApprovalRequired` or `CallDeferred` goes into
    its question: a `title`, a `form` and so on.

    With `once` each approval is spent before its call is let through: of all who go on with a run,
    one makes the call. A crash right after that leaves the call unmade; without it, made again.
    """

    def __init__(
        self,
        hand: Handraise,
        *,
        call_kind: str = "clarification",
        once: bool = False,
        **terms: Unpack[Terms],
    ) -> None:
        self._hand = hand
        self._once = once
        self._call_kind = call_kind
        self._terms = terms

    async def ask(self, requests: DeferredToolRequests, *, run_id: str) -> dict[str, Request]:
        """Open the requests of all deferred calls; they come by the calls' ids.

        `run_id` is the conversation's id, or another name of it, the same in every process.
        """
        return await asked(self._hand, self._questions(requests, run_id))

    async def results(
        self, requests: DeferredToolRequests, *, run_id: str, at_most: timedelta | None = None
    ) -> DeferredToolResults:
        """Wait for the answers, as results for the next run.

        After `at_most` they are those that came; `requests.remaining(results)` says what is left.
        """
        found = await outcomes(self._hand, self._questions(requests, run_id), at_most)
        return DeferredToolResults(
            approvals={
                part.tool_call_id: await self._approval(part, found[part.tool_call_id], run_id)
                for part in requests.approvals
                if part.tool_call_id in found
            },
            calls={
                part.tool_call_id: _result(found[part.tool_call_id])
                for part in requests.calls
                if part.tool_call_id in found
            },
            answered_by={
                name: who for name, one in found.items() if (who := responder_of(one)) is not None
            },
        )

    def _questions(self, requests: DeferredToolRequests, run_id: str) -> dict[str, Question]:
        to_do: Terms = {**self._terms, "kind": self._call_kind}
        terms_of = [(part, self._terms) for part in requests.approvals]
        terms_of += [(part, to_do) for part in requests.calls]
        return {
            part.tool_call_id: question_about(
                _call_in(part),
                run_id,
                terms,
                requests.metadata.get(part.tool_call_id, {}).get("question"),
            )
            for part, terms in terms_of
        }

    async def _approval(
        self, part: ToolCallPart, outcome: Outcome, run_id: str
    ) -> ToolApproved | ToolDenied:
        verdict = verdict_on(_call_in(part), outcome)
        if self._once:
            verdict = await spent(self._hand, verdict, outcome, run_id)
        match verdict:
            case Approved(arguments, edited):
                return ToolApproved(override_args=dict(arguments) if edited else None)
            case Denied(reason):
                return ToolDenied(reason)


def _call_in(part: ToolCallPart) -> ToolCall:
    return ToolCall(id=part.tool_call_id, tool=part.tool_name, arguments=part.args_as_dict())


def _result(outcome: Outcome) -> Any:
    if not isinstance(outcome, Answered) or not accepts(outcome):
        return ToolFailed(reason_in(outcome))
    return outcome.data if outcome.data is not None else outcome.comment or outcome.decision
