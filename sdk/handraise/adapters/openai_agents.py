"""OpenAI Agents SDK: tool calls that need approval wait in a RunState until a person decides.

::

    @function_tool(needs_approval=True)
    async def refund(order: str, cents: int) -> str: ...

    approvals = ToolApprovals(hand, timeout=60, agent_id="support")
    result = await Runner.run(agent, "Refund order A-17")
    if result.interruptions:
        state = result.to_state()
        await approvals.ask(state, run_id="ticket-4711")
        Path("run.json").write_text(state.to_string())     # and the process may end

    # Later, in any process:
    state = await RunState.from_string(agent, Path("run.json").read_text())
    await approvals.decide(state, run_id="ticket-4711")    # waits; False: not all by `at_most`
    result = await Runner.run(agent, state)                # may be interrupted again

A request is known by the run, the call's id, the tool and its arguments; asked again in any process
it is the same one. The library runs a call with the arguments that the model gave: where a reviewer
approved others, the call is rejected, and the model told which ones to call it with.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Unpack, cast

from agents import RunState
from agents.items import ToolApprovalItem
from pydantic_core import to_jsonable_python

from handraise.adapters.asking import Terms, asked, outcomes
from handraise.adapters.tool_calls import (
    Approved,
    Denied,
    ToolCall,
    question_about,
    spent,
    verdict_on,
)
from handraise.client import Handraise
from handraise.models import Json, Request


class ToolApprovals:
    """Asks people on these terms whether the interrupted tool calls of a run may be made.

    With `once` each approval is spent before its call is let through: of all copies of a state,
    one makes the call. A crash right after that leaves the call unmade; without it, made again.
    """

    def __init__(self, hand: Handraise, *, once: bool = False, **terms: Unpack[Terms]) -> None:
        self._hand = hand
        self._once = once
        self._terms = terms

    async def ask(self, state: RunState[Any, Any], *, run_id: str) -> dict[str, Request]:
        """Open the requests of all pending tool calls; they come by the calls' ids.

        `run_id` is your name of the run, the same in every process, such as a ticket's.
        """
        calls = [call_in(item) for item in state.get_interruptions()]
        return await asked(
            self._hand, {call.id: question_about(call, run_id, self._terms) for call in calls}
        )

    async def decide(
        self, state: RunState[Any, Any], *, run_id: str, at_most: timedelta | None = None
    ) -> bool:
        """Wait for the answers, and approve or reject the calls in the state accordingly.

        After `at_most` those that came are applied: the others interrupt the run again. True
        when all came.
        """
        pending = {call_in(item).id: item for item in state.get_interruptions()}
        calls = {name: call_in(item) for name, item in pending.items()}
        questions = {
            name: question_about(call, run_id, self._terms) for name, call in calls.items()
        }
        found = await outcomes(self._hand, questions, at_most)
        for name, outcome in found.items():
            verdict = verdict_on(calls[name], outcome)
            if self._once:
                verdict = await spent(self._hand, verdict, outcome, run_id)
            match verdict:
                case Approved(arguments, edited=True):
                    state.reject(pending[name], rejection_message=_instead(calls[name], arguments))
                case Approved():
                    state.approve(pending[name])
                case Denied(reason):
                    state.reject(pending[name], rejection_message=reason)
        return len(found) == len(pending)


def call_in(item: ToolApprovalItem) -> ToolCall:
    """The tool call that an interruption is about.

    Calls that have no arguments of that name, such as those of a shell, are shown whole.
    """
    raw = cast("dict[str, Any]", to_jsonable_python(item.raw_item))
    name = item.qualified_name or str(raw.get("type") or "a tool")
    return ToolCall(id=item.call_id or name, tool=name, arguments=_arguments(item.arguments, raw))


def _arguments(text: str | None, raw: Mapping[str, Any]) -> Json:
    if text is None:
        return raw
    try:
        value: Any = json.loads(text or "{}")
    except ValueError:
        value = text
    return cast("Json", value) if isinstance(value, dict) else {"input": value}


def _instead(call: ToolCall, arguments: Json) -> str:
    return (
        f"A person approved this call only with other arguments. Call {call.tool} again with"
        f" exactly these: {json.dumps(arguments)}"
    )
