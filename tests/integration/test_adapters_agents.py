"""LangGraph, the OpenAI Agents SDK and Pydantic AI wait for people, on all of Handraise."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
import pytest_asyncio
from agents import Agent, RunConfig, Runner, RunState, function_tool
from agents.items import ToolApprovalItem
from agents.testing import ScriptedModel, assistant_message, function_call
from handraise import Handraise
from handraise.adapters.langgraph import Interrupts, Reply
from handraise.adapters.openai_agents import ToolApprovals, call_in
from handraise.adapters.pydantic_ai import DeferredTools
from handraise.errors import NotFound, StillOpen
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel
from pydantic_ai import Agent as PydanticAgent
from pydantic_ai import CallDeferred, DeferredToolRequests
from pydantic_ai.capabilities import HandleDeferredToolCalls
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.messages import ToolReturnPart
from pydantic_ai.models.test import TestModel
from pydantic_ai.tools import ToolDenied

from examples.adapters import langgraph_payments, openai_agents_refunds, pydantic_ai_cleaner
from examples.adapters.story import Leg
from examples.common.processes import running, told_by
from tests.support.eventually import eventually
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT_ONCE = timedelta(0)
SOON = timedelta(seconds=1)
PROCESS_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Scene:
    """A running Handraise, an agent's client and a reviewer's."""

    hand: Handraise
    reviewer: Handraise

    async def answer(self, request_id: str, decision: str, **said: Any) -> None:
        async def known() -> bool:
            try:
                return bool(await self.reviewer.get(request_id))
            except NotFound:
                return False

        await eventually(known)
        self.hand.met(await self.reviewer.respond(request_id, decision=decision, **said))
        await self.hand.get(request_id)

    async def asked_in(self, run_id: str) -> int:
        return len((await self.hand.list(workflow_id=run_id)).items)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(playing: Stage) -> AsyncIterator[Scene]:
    found = playing.found("adapters")
    async with (
        Handraise(found.url, found.api_key) as hand,
        Handraise(found.url, found.reviewer_token) as reviewer,
    ):
        yield Scene(hand, reviewer)


def call_of(function: str, **arguments: Any) -> dict[str, Any]:
    return {"function": function, "arguments": arguments}


async def test_interrupts_side_by_side_are_answered_one_by_one_and_resumed_by_a_new_process(
    scene: Scene, tmp_path: Path
) -> None:
    leg = await langgraph_payments.begin(scene.hand, tmp_path, "pay-1")
    acme, brook = leg.waits_for
    async with langgraph_payments.graph_in(tmp_path) as graph:
        thread: RunnableConfig = {"configurable": {"thread_id": "pay-1"}}
        worker = Interrupts(scene.hand, agent_id="another", timeout=30)
        again = await worker.ask(graph, thread)
        assert [one.id for one in again.values()] == [acme, brook]
        with pytest.raises(StillOpen):
            await worker.resume(graph, thread, at_most=AT_ONCE)
        await scene.answer(acme, "approve", edited={"to": "Acme", "euros": 200})
        partly = await worker.resume(graph, thread, at_most=AT_ONCE)
        assert partly["told"] == ["Acme gets 200 EUR."]
        assert [one.value["context"]["to"] for one in partly["__interrupt__"]] == ["Brook"]

    await scene.answer(brook, "reject", comment="Too much")
    said = "Acme gets 200 EUR. Brook gets nothing. A person decided: reject: Too much"
    arguments = ["resume", str(tmp_path), "pay-1"]
    async with running("examples.adapters.langgraph_payments", arguments) as process:
        told = await told_by(process, PROCESS_SECONDS)
    assert (told["said"], told["waits_for"]) == (said, [])
    assert await langgraph_payments.resume(scene.hand, tmp_path, "pay-1") == Leg(said=said)
    assert await scene.asked_in("pay-1") == 2


class Refund(BaseModel):
    cents: int


class Heard(TypedDict):
    heard: Annotated[list[Any], lambda old, new: old + new]


def asks_a_lot(state: Heard) -> Heard:
    amount = interrupt("How much shall we give back?", response_schema=Refund | Reply)  # pyright: ignore
    first = interrupt({"title": "Tell the customer?"})
    second = interrupt({"title": "And the press?", "timeout": 60})
    return {"heard": [amount, first, second]}


async def test_an_interrupt_of_a_subgraph_gets_data_that_fits_or_a_reason_why_nobody_agreed(
    scene: Scene,
) -> None:
    inner = StateGraph(Heard).add_node("ask", asks_a_lot).add_edge(START, "ask").compile()
    outer = StateGraph(Heard).add_node("inner", inner).add_edge(START, "inner")
    graph = outer.compile(checkpointer=InMemorySaver())
    thread: RunnableConfig = {"configurable": {"thread_id": "refund-1"}}
    people = Interrupts(scene.hand, kind="clarification")
    await graph.ainvoke({"heard": []}, thread)

    (asked,) = (await people.ask(graph, thread)).values()
    await scene.answer(asked.id, "answer", comment="Some", data={"cents": 120})
    result = await people.resume(graph, thread)
    assert len(result["__interrupt__"]) == 1

    hurried = Interrupts(scene.hand, kind="approval", timeout=SOON)
    result = await hurried.resume(graph, thread)
    assert result["__interrupt__"][0].value["title"] == "And the press?"
    (asked,) = (await hurried.ask(graph, thread)).values()
    await scene.hand.cancel(asked.id, "too late for that")
    result = await hurried.resume(graph, thread)

    amount, unanswered, withdrawn = result["heard"]
    assert amount == Refund(cents=120)
    assert (unanswered["approved"], unanswered["reason"]) == (False, "Nobody answered in time.")
    assert withdrawn["reason"] == "The question was withdrawn: too late for that"


async def test_tool_calls_of_an_openai_agent_wait_in_its_state_and_run_as_people_said(
    scene: Scene, tmp_path: Path
) -> None:
    leg = await openai_agents_refunds.begin(scene.hand, tmp_path, "oa-1")
    first, second = leg.waits_for
    asked = await scene.hand.get(first, min_version=1)
    assert asked.context == call_of("refund", order="A-17", cents=2400)
    await scene.answer(first, "approve", edited=call_of("refund", order="A-17", cents=1200))
    await scene.answer(second, "reject", comment="Not ours")

    leg = await openai_agents_refunds.resume(scene.hand, tmp_path, "oa-1")
    (again,) = leg.waits_for
    asked = await scene.hand.get(again, min_version=1)
    assert asked.context == call_of("refund", order="A-17", cents=1200)
    await scene.answer(again, "approve")
    ended = await openai_agents_refunds.resume(scene.hand, tmp_path, "oa-1")
    said = "A person decided: reject: Not ours Order A-17 was refunded 1200 cents."
    assert ended == Leg(said=said)
    assert await openai_agents_refunds.resume(scene.hand, tmp_path, "oa-1") == ended
    assert await scene.asked_in("oa-1") == 3


def outputs_in(items: Iterable[Any]) -> dict[str, str]:
    done = (one for one in items if one.type == "tool_call_output_item")
    return {one.raw_item["call_id"]: one.output for one in done}


async def test_of_two_copies_of_a_state_one_makes_the_call_that_was_approved(
    scene: Scene,
) -> None:
    made: list[str] = []

    @function_tool(needs_approval=True)
    async def wipe(disk: str) -> str:
        made.append(disk)
        return f"{disk} is empty"

    def agent() -> Agent[None]:
        calls = [function_call("wipe", {"disk": one}, call_id=one) for one in ("sda", "sdb")]
        return Agent(name="Ops", tools=[wipe], model=ScriptedModel([calls]))

    def resumed() -> Agent[None]:
        return Agent(name="Ops", tools=[wipe], model=ScriptedModel([[assistant_message("Done")]]))

    quiet = RunConfig(tracing_disabled=True)
    kept = (await Runner.run(agent(), "Make room", run_config=quiet)).to_state().to_string()
    approvals = ToolApprovals(scene.hand, once=True)
    workers = [resumed(), resumed()]
    copies = [await RunState.from_string(one, kept) for one in workers]
    asked = await approvals.ask(copies[0], run_id="ops-1")
    await scene.answer(asked["sda"].id, "approve")

    assert not await approvals.decide(copies[0], run_id="ops-1", at_most=SOON)
    early = await Runner.run(workers[0], copies[0], run_config=quiet)
    assert [one.call_id for one in early.interruptions] == ["sdb"]
    await scene.hand.cancel(asked["sdb"].id, "no need")
    assert await approvals.decide(copies[1], run_id="ops-1")
    late = await Runner.run(workers[1], copies[1], run_config=quiet)

    assert made == ["sda"]
    told = outputs_in(late.new_items)
    assert told["sda"] == "The approval can't be used: This approval was spent already."
    assert told["sdb"] == "The question was withdrawn: no need"


async def test_a_call_without_named_arguments_is_shown_whole() -> None:
    action = {"commands": ["rm -r /srv/cache"]}
    raw = {"type": "shell_call", "call_id": "call-1", "action": action}
    call = call_in(ToolApprovalItem(agent=Agent(name="Ops"), raw_item=raw))
    assert (call.id, call.tool, call.arguments["action"]) == ("call-1", "shell_call", action)


async def test_deferred_calls_of_a_pydantic_agent_come_back_with_the_reviewers_arguments(
    scene: Scene, tmp_path: Path
) -> None:
    leg = await pydantic_ai_cleaner.begin(scene.hand, tmp_path, "pa-1")
    delete, ask = leg.waits_for
    assert (await scene.hand.get(ask, min_version=1)).title == "May last year's logs go, too?"
    edited = call_of("delete_file", path="/srv/cache", recursive=False)
    await scene.answer(delete, "approve", edited=edited)
    await scene.answer(ask, "answer", comment="Better not.")
    ended = await pydantic_ai_cleaner.resume(scene.hand, tmp_path, "pa-1")
    assert ended == Leg(said="Deleted /srv/cache. Better not.")
    assert await pydantic_ai_cleaner.resume(scene.hand, tmp_path, "pa-1") == ended
    assert await scene.asked_in("pa-1") == 2


async def test_deferred_calls_that_nobody_carries_out_fail_and_the_rest_goes_on_in_the_run(
    scene: Scene,
) -> None:
    agent = PydanticAgent(TestModel(), output_type=[str, DeferredToolRequests])

    @agent.tool_plain(requires_approval=True)
    def wipe(disk: str) -> str:
        return f"{disk} is empty"

    @agent.tool_plain
    def measure(room: int) -> dict[str, int]:
        schema = {"type": "object", "properties": {"celsius": {"type": "integer"}}}
        raise CallDeferred(metadata={"question": {"title": "How warm?", "form": schema}})

    @agent.tool_plain
    def paint(wall: str) -> str:
        raise CallDeferred

    _ = wipe, measure, paint
    people = DeferredTools(scene.hand)
    result = await agent.run("Go on", conversation_id="pa-2")
    requests = result.output
    assert isinstance(requests, DeferredToolRequests)
    asked = {
        one.tool_name: (await people.ask(requests, run_id="pa-2"))[one.tool_call_id].id
        for one in (*requests.approvals, *requests.calls)
    }
    await scene.answer(asked["measure"], "answer", comment="Warm", data={"celsius": 31})
    await scene.answer(asked["paint"], "cannot_answer", comment="No ladder")
    early = await people.results(requests, run_id="pa-2", at_most=SOON)
    left = requests.remaining(early)
    assert left is not None
    assert [one.tool_name for one in left.approvals] == ["wipe"]
    assert not left.calls
    assert list(early.calls.values()) == [
        {"celsius": 31},
        ToolFailed("A person could not decide this: No ladder"),
    ]

    await scene.answer(asked["wipe"], "reject", comment="Keep it")
    results = await people.results(requests, run_id="pa-2")
    assert list(results.approvals.values()) == [ToolDenied("A person decided: reject: Keep it")]
    await agent.run(message_history=result.all_messages(), deferred_tool_results=results)

    in_the_run = HandleDeferredToolCalls[object](
        lambda ctx, calls: people.results(calls, run_id=ctx.conversation_id or "")
    )
    replayed = await agent.run("Go on", conversation_id="pa-2", capabilities=[in_the_run])
    returned = {
        part.tool_name: part.content
        for message in replayed.all_messages()
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    }
    assert returned["measure"] == {"celsius": 31}
    assert "Keep it" in str(returned["wipe"])
    assert await scene.asked_in("pa-2") == 3
