"""OpenAI Agents SDK: an agent refunds orders with a tool whose calls people approve.

`python -m examples.adapters.openai_agents_refunds`. The RunState lies in a file while people think.
The model is scripted, so that nothing leaves this machine: give the agent another one to go live.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agents import Agent, RunConfig, Runner, RunResult, RunState, function_tool
from agents.items import TResponseOutputItem
from agents.testing import ModelCall, ModelStep, ScriptedModel, assistant_message, function_call
from handraise import Handraise
from handraise.adapters.openai_agents import ToolApprovals

from examples.adapters.story import Example, Leg, main, waiting_for

_TURNS = 8
_INSTEAD = re.compile(r"with exactly these: (\{.*\})")


@function_tool(needs_approval=True)
async def refund(order: str, cents: int) -> str:
    """Give a customer money back."""
    return f"Order {order} was refunded {cents} cents."


def speak(call: ModelCall) -> Sequence[TResponseOutputItem]:
    """What a model would do: call the tool, heed what a reviewer wants instead, and sum up."""
    items: list[dict[str, Any]] = [one for one in call.input if isinstance(one, dict)]
    outputs = [str(one["output"]) for one in items if one.get("type") == "function_call_output"]
    wishes = [json.loads(found[1]) for text in outputs if (found := _INSTEAD.search(text))]
    made = [one["call_id"] for one in items if one.get("type") == "function_call"]
    again = [(f"again-{index}", wish) for index, wish in enumerate(wishes)]
    first = [("call-1", {"order": "A-17", "cents": 2400}), ("call-2", {"order": "B-4", "cents": 1})]
    wanted = [(name, arguments) for name, arguments in first + again if name not in made]
    if wanted:
        return [function_call("refund", args, call_id=name) for name, args in wanted]
    return [assistant_message(" ".join(one for one in outputs if not _INSTEAD.search(one)))]


def support() -> Agent[None]:
    """The agent, which every process makes anew."""
    model = ScriptedModel([ModelStep.respond(speak)] * _TURNS)
    return Agent(name="Support", instructions="Refund what is due.", tools=[refund], model=model)


def approvals(hand: Handraise) -> ToolApprovals:
    """Who is asked, and how."""
    return ToolApprovals(hand, agent_id="support", timeout=24 * 60)


async def begin(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The first process: runs to the tool calls that need approval, and asks."""
    result = await Runner.run(support(), "Refund A-17 and B-4", run_config=_quietly())
    return await _leg(result, hand, directory, run_id)


async def resume(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The second process: reads the run's state, and applies what people decided."""
    agent = support()
    state = await RunState.from_string(agent, _file(directory, run_id).read_text())
    await approvals(hand).decide(state, run_id=run_id)
    result = await Runner.run(agent, state, run_config=_quietly())
    return await _leg(result, hand, directory, run_id)


async def _leg(result: RunResult, hand: Handraise, directory: Path, run_id: str) -> Leg:
    if not result.interruptions:
        return Leg(said=str(result.final_output))
    state = result.to_state()
    _file(directory, run_id).write_text(state.to_string())
    return waiting_for(await approvals(hand).ask(state, run_id=run_id))


def _file(directory: Path, run_id: str) -> Path:
    return directory / f"{run_id}.json"


def _quietly() -> RunConfig:
    return RunConfig(tracing_disabled=True)


EXAMPLE = Example(
    "examples.adapters.openai_agents_refunds", "An OpenAI agent refunds orders", begin, resume
)

if __name__ == "__main__":
    sys.exit(main(EXAMPLE))
