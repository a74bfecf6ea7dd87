"""Pydantic AI: an agent deletes files with approval, and asks a person what it does not know.

`python -m examples.adapters.pydantic_ai_cleaner`. Messages and deferred calls lie in a file while
people think. The model is a function, so that nothing leaves this machine: give the agent another
one to go live.
"""

import json
import sys
from pathlib import Path

from handraise import Handraise
from handraise.adapters.pydantic_ai import DUMPED, DeferredTools
from pydantic_ai import Agent, CallDeferred, DeferredToolRequests
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.run import AgentRunResult

from examples.adapters.story import Example, Leg, main, waiting_for

Output = str | DeferredToolRequests


def speak(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """What a model would do: call both tools at once, and sum up what came of it."""
    returns = [
        str(part.content)
        for message in messages
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    ]
    if returns:
        return ModelResponse(parts=[TextPart(" ".join(returns))])
    calls = [
        ToolCallPart("delete_file", {"path": "/srv/cache", "recursive": True}, "call-1"),
        ToolCallPart("ask_owner", {"question": "May last year's logs go, too?"}, "call-2"),
    ]
    return ModelResponse(parts=calls)


def cleaner() -> Agent[None, Output]:
    """The agent, which every process makes anew."""
    agent = Agent(FunctionModel(speak), output_type=[str, DeferredToolRequests])

    @agent.tool_plain(requires_approval=True)
    def delete_file(path: str, *, recursive: bool) -> str:
        """Delete a file, or a directory with all that is in it."""
        return f"Deleted {path}{' and all in it' if recursive else ''}."

    @agent.tool_plain
    def ask_owner(question: str) -> str:
        """Ask the owner of this machine."""
        raise CallDeferred(metadata={"question": {"title": question}}, kind="question")

    _ = delete_file, ask_owner
    return agent


def deferred(hand: Handraise) -> DeferredTools:
    """Who is asked, and how."""
    return DeferredTools(hand, agent_id="cleaner", timeout=24 * 60)


async def begin(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The first process: runs to the deferred calls, and asks."""
    return await _leg(await cleaner().run("Make room"), hand, directory, run_id)


async def resume(hand: Handraise, directory: Path, run_id: str) -> Leg:
    """The second process: reads the messages and the calls, and gives the answers to the agent."""
    kept = json.loads(_file(directory, run_id).read_text())
    messages = ModelMessagesTypeAdapter.validate_python(kept["messages"])
    requests = DUMPED.validate_python(kept["requests"])
    results = await deferred(hand).results(requests, run_id=run_id)
    result = await cleaner().run(message_history=messages, deferred_tool_results=results)
    return await _leg(result, hand, directory, run_id)


async def _leg(
    result: AgentRunResult[Output], hand: Handraise, directory: Path, run_id: str
) -> Leg:
    if isinstance(result.output, str):
        return Leg(said=result.output)
    messages = ModelMessagesTypeAdapter.dump_python(result.all_messages(), mode="json")
    kept = {"messages": messages, "requests": DUMPED.dump_python(result.output, mode="json")}
    _file(directory, run_id).write_text(json.dumps(kept))
    return waiting_for(await deferred(hand).ask(result.output, run_id=run_id))


def _file(directory: Path, run_id: str) -> Path:
    return directory / f"{run_id}.json"


EXAMPLE = Example(
    "examples.adapters.pydantic_ai_cleaner", "A Pydantic AI agent makes room", begin, resume
)

if __name__ == "__main__":
    sys.exit(main(EXAMPLE))
