"""Agents ask people over MCP: the official client, the front door, and people who answer."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import httpx2
import pytest
import pytest_asyncio
from handraise import Handraise
from handraise.mcp.http import application, check_by_asking, door_by_bearer
from handraise.mcp.server import make_server
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, RequestParams, Result
from mcp_types import Request as McpRequest
from pydantic import ConfigDict, Field

from examples.ad_tasks.mcp_tools import over_http
from examples.ad_tasks.staff import CREATIVE, OPERATIONS, take_on
from examples.ad_tasks.tasks import HumanTask
from examples.common.household import Household
from examples.common.serving import serving
from tests.support.eventually import eventually
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
MODES = ("auto", "legacy")
"""The newest revision of the protocol, and the handshake that older clients begin with."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A running Handraise; an agent's key, a key that speaks for its person, and a reviewer."""

    st: Stage
    url: str
    key: str
    acting_key: str
    person: str
    reviewer: Handraise
    stranger: str

    def client(self, bearer: str, mode: str = "auto", **more: Any) -> Any:
        """The official client at the front door; `headers` go along with every call."""
        return connected(f"{self.url}/mcp", bearer, mode, **more)

    async def answer(self, title: str, decision: str = "approve", comment: str = "") -> None:
        """What a reviewer does once the task is in the queue."""

        async def found() -> str | None:
            page = await self.reviewer.list(open=True, limit=100)
            return next((one.id for one in page.items if one.title == title), None)

        await self.reviewer.respond(await eventually(found), decision=decision, comment=comment)


@asynccontextmanager
async def connected(
    url: str, bearer: str, mode: str = "auto", headers: dict[str, str] | None = None, **more: Any
) -> AsyncGenerator[Client]:
    sent = {"Authorization": f"Bearer {bearer}"} | (headers or {})
    timeout = httpx2.Timeout(30, read=120)
    async with (
        httpx2.AsyncClient(headers=sent, timeout=timeout, trust_env=False) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode, **more) as client,
    ):
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(playing: Stage) -> AsyncIterator[Scene]:
    found = playing.found("mcp")
    async with Household(found) as house:
        person = await house.person("pat@example.test", "Pat")
        acting = await house.key("desk", ("ask", "read", "act_for"), (person,))
    await playing.house.tenant("other")
    stranger = await playing.house.key("other")
    async with Handraise(found.url, found.reviewer_token) as reviewer:
        yield Scene(playing, found.url, found.api_key, acting.bearer, person, reviewer, stranger)


@dataclass
class Heard:
    """What a client is told while it waits."""

    messages: list[str] = field(default_factory=list[str])
    first: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.messages.append(message or "")
        self.first.set()


async def begun(asking: "asyncio.Task[Any]", heard: Heard) -> None:
    """Waits until the client was told that somebody is waited for."""
    first = asyncio.create_task(heard.first.wait())
    await asyncio.wait((asking, first), return_when=asyncio.FIRST_COMPLETED)
    first.cancel()
    assert heard.messages, asking.result()


def content(result: Any) -> dict[str, Any]:
    assert not result.is_error, result.content
    return result.structured_content


def refusal(result: Any) -> str:
    assert result.is_error
    return result.content[0].text


@pytest.mark.parametrize("mode", MODES)
async def test_the_tools_say_what_they_take_give_and_do(scene: Scene, mode: str) -> None:
    async with scene.client(scene.key, mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {
        "ask_human",
        "wait_for_human",
        "revise_human_task",
        "create_human_task",
        "get_pending_tasks",
        "get_human_task",
        "assign_task",
        "complete_task",
        "cancel_human_task",
    }
    for tool in tools.values():
        assert tool.description
        assert tool.output_schema
        assert tool.annotations
        described = tool.input_schema["properties"].items()
        assert all(one.get("description") or name == "limit" for name, one in described)
    assert tools["get_pending_tasks"].annotations.read_only_hint
    assert tools["complete_task"].annotations.destructive_hint


@pytest.mark.parametrize("mode", MODES)
async def test_a_person_answers_while_the_agent_waits_and_is_told_so(
    scene: Scene, mode: str
) -> None:
    heard, title = Heard(), f"Refund order A-17 ({mode})?"
    async with scene.client(scene.key, mode) as client:
        asking = asyncio.create_task(
            client.call_tool("ask_human", {"title": title}, progress_callback=heard)
        )
        await begun(asking, heard)
        await scene.answer(title, comment="But only once.")
        answer = content(await asking)
    assert (answer["status"], answer["decision"]) == ("answered", "approve")
    assert answer["comment"] == "But only once."
    assert answer["task_id"] in heard.messages[0]
    assert scene.url in heard.messages[0]


async def test_what_takes_longer_than_the_call_is_waited_for_by_another(scene: Scene) -> None:
    asked = {"title": "Drop the table?", "wait_seconds": 0.2, "idempotency_key": "drop"}
    async with scene.client(scene.key) as client:
        first = content(await client.call_tool("ask_human", asked))
        again = content(await client.call_tool("ask_human", asked))
        assert (first["status"], again["task_id"]) == ("waiting", first["task_id"])
        assert "wait_for_human" in first["note"]
        await scene.answer("Drop the table?", "reject", "Never.")
        wanted = {"task_id": first["task_id"]}
        answer = content(await client.call_tool("wait_for_human", wanted))
        assert (answer["decision"], answer["comment"]) == ("reject", "Never.")
        assert content(await client.call_tool("ask_human", asked))["decision"] == "reject"


@pytest.mark.parametrize("mode", MODES)
async def test_a_client_that_gives_up_leaves_the_task_open(scene: Scene, mode: str) -> None:
    heard, title = Heard(), f"Shall I go on ({mode})?"
    asked = {"title": title, "idempotency_key": title}
    async with scene.client(scene.key, mode) as client:
        asking = asyncio.create_task(client.call_tool("ask_human", asked, progress_callback=heard))
        await begun(asking, heard)
        asking.cancel()
        await asyncio.wait([asking])
        await scene.answer(title)
        assert content(await client.call_tool("ask_human", asked))["status"] == "answered"


async def test_two_clients_who_ask_the_same_ask_once(scene: Scene) -> None:
    asked = {"title": "Deploy 4.2?", "idempotency_key": "deploy-4.2"}
    async with scene.client(scene.key) as one, scene.client(scene.key, "legacy") as two:
        both = asyncio.gather(one.call_tool("ask_human", asked), two.call_tool("ask_human", asked))
        await scene.answer("Deploy 4.2?")
        first, second = (content(result) for result in await both)
    assert first["task_id"] == second["task_id"]
    assert first["answered_by"] == second["answered_by"] is not None


async def test_tasks_are_put_in_seen_assigned_and_completed(scene: Scene) -> None:
    async with scene.client(scene.key) as agent:
        task = content(
            await agent.call_tool(
                "create_human_task",
                {"title": "Check the invoice", "context": {"amount": 240}, "priority": "high"},
            )
        )
        named = {"task_id": task["task_id"]}
        pending = content(await agent.call_tool("get_pending_tasks", {"assigned_to": "nobody"}))
        assert task["task_id"] in [one["task_id"] for one in pending["tasks"]]
        for tool, more in (
            ("assign_task", {"assignee": scene.person}),
            ("complete_task", {"decision": "approve"}),
        ):
            said = refusal(await agent.call_tool(tool, named | more))
            assert "Only a person may do this" in said
    headers = {"Handraise-Act-For": scene.person}
    async with scene.client(scene.acting_key, headers=headers) as desk:
        given = {"assignee": scene.person, "reason": "Hers"}
        assigned = content(await desk.call_tool("assign_task", named | given))
        assert (assigned["state"], assigned["assigned_to"]) == ("assigned", scene.person)
        done = {"decision": "approve", "comment": "Paid.", "idempotency_key": "paid"}
        for _ in range(2):
            completed = content(await desk.call_tool("complete_task", named | done))
            assert completed["answer"]["answered_by"] == scene.person
        told = refusal(await desk.call_tool("complete_task", named | {"decision": "reject"}))
        assert "already_decided" in told
    async with scene.client(scene.key) as agent:
        seen = content(await agent.call_tool("get_human_task", named))
        assert (seen["answer"]["comment"], seen["context"]) == ("Paid.", {"amount": 240})
        resource = await agent.read_resource(f"handraise://requests/{task['task_id']}")
        assert '"comment":"Paid."' in resource.contents[0].text


async def test_a_persons_own_token_completes_and_withdrawing_twice_is_once(scene: Scene) -> None:
    reviewer = scene.st.credentials["HANDRAISE_REVIEWER_TOKEN"]
    async with scene.client(scene.key) as agent, scene.client(reviewer) as person:
        for title, tool, more in (
            ("One", "complete_task", {"decision": "approve"}),
            ("Two", "cancel_human_task", {"reason": "Not needed"}),
        ):
            task = content(await agent.call_tool("create_human_task", {"title": title}))
            who = person if tool == "complete_task" else agent
            ended = content(await who.call_tool(tool, {"task_id": task["task_id"]} | more))
            assert ended["outcome"] == ("answered" if who is person else "cancelled")
        again = await agent.call_tool("cancel_human_task", {"task_id": task["task_id"]})
        assert content(again)["outcome"] == "cancelled"
        waited = await agent.call_tool("wait_for_human", {"task_id": task["task_id"]})
        assert content(waited)["status"] == "cancelled"


async def test_changes_that_are_requested_are_made_and_answered(scene: Scene) -> None:
    asked = {"title": "Reel 7", "kind": "script_approval", "context": {"script": "Hello."}}
    async with scene.client(scene.acting_key) as client:
        asking = asyncio.create_task(client.call_tool("ask_human", asked))
        await scene.answer("Reel 7", "regenerate", "Longer!")
        wanted = content(await asking)
        assert (wanted["status"], wanted["comment"]) == ("changes_requested", "Longer!")
        revised = {"task_id": wanted["task_id"], "context": {"script": "Hello, all of you."}}
        revising = asyncio.create_task(client.call_tool("revise_human_task", revised))

        async def in_its_second_revision() -> bool:
            found = await scene.reviewer.get(wanted["task_id"])
            return found.revision == 2

        await eventually(in_its_second_revision)
        await scene.reviewer.respond(wanted["task_id"], decision="approve", revision=2)
        assert content(await revising)["decision"] == "approve"


async def test_anothers_task_is_unknown(scene: Scene) -> None:
    async with scene.client(scene.key) as agent:
        task = content(await agent.call_tool("create_human_task", {"title": "Ours"}))
    async with scene.client(scene.stranger) as stranger:
        named = {"task_id": task["task_id"]}
        for tool in ("get_human_task", "wait_for_human", "cancel_human_task"):
            assert "There is no request" in refusal(await stranger.call_tool(tool, named))
        with pytest.raises(MCPError, match="There is no request"):
            await stranger.read_resource(f"handraise://requests/{task['task_id']}")
        assert content(await stranger.call_tool("get_pending_tasks", {}))["tasks"] == []


async def test_bad_input_is_told_by_field(scene: Scene) -> None:
    async with scene.client(scene.key) as client:
        told = refusal(await client.call_tool("ask_human", {"title": "x", "kind": "nonsense"}))
        assert "(invalid)" in told
        assert "nonsense" in told
        told = refusal(await client.call_tool("ask_human", {"title": "x", "wait_seconds": -1}))
        assert "wait_seconds" in told


LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPTED = {"Accept": "application/json, text/event-stream"}


async def test_nobody_gets_in_without_a_credential_that_holds(scene: Scene) -> None:
    async with httpx.AsyncClient(base_url=scene.url, headers=ACCEPTED) as http:
        for sent in ({}, {"Authorization": "Bearer hr_wrong_wrong"}):
            answer = await http.post("/mcp", json=LISTING, headers=sent)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
        ours = {"Authorization": f"Bearer {scene.key}"}
        elsewhere = ours | {"Origin": "http://evil.test"}
        assert (await http.post("/mcp", json=LISTING, headers=elsewhere)).status_code == 403
        home = ours | {"Origin": scene.url}
        assert (await http.post("/mcp", json=LISTING, headers=home)).status_code == 200
        assert (await http.get("/mcp", headers=ours)).status_code == 405
        big = LISTING | {"params": {"x": "x" * 600_000}}
        assert (await http.post("/mcp", json=big, headers=ours)).status_code == 413
        named = ours | {"Handraise-Act-For": scene.person}
        assert (await http.post("/mcp", json=LISTING, headers=named)).status_code == 403
    with pytest.raises(ExceptionGroup) as refused:
        async with connected(f"{scene.url}/mcp", "hr_wrong_wrong") as client:
            await client.list_tools()
    assert refused.group_contains(MCPError)


@pytest.mark.parametrize(
    ("sent", "accept", "status"),
    [
        (b"{", ACCEPTED, 400),
        (b"[]", ACCEPTED, 400),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "nonsense"}', ACCEPTED, 200),
        (b'{"jsonrpc": "2.0", "method": "notifications/initialized"}', ACCEPTED, 202),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}', {"Accept": "text/html"}, 406),
        (b"\xff\xfe", ACCEPTED, 400),
    ],
)
async def test_what_is_no_call_is_refused_and_never_a_fault_of_ours(
    scene: Scene, sent: bytes, accept: dict[str, str], status: int
) -> None:
    ours = {"Authorization": f"Bearer {scene.key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=scene.url, headers=ours) as http:
        answer = await http.post("/mcp", content=sent, headers=accept)
    assert answer.status_code == status, answer.text


def beside(scene: Scene, **environment: str) -> StdioServerParameters:
    """The tools as a program that the client starts."""
    ours = {"HANDRAISE_URL": scene.url, "HANDRAISE_API_KEY": scene.key}
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return StdioServerParameters(
        command=sys.executable, args=["-m", "handraise.mcp"], env=ours | paths | environment
    )


async def test_over_stdio_the_agent_asks_and_waits(scene: Scene) -> None:
    heard = Heard()
    async with Client(beside(scene)) as client:
        asked = {"title": "Over stdio?"}
        asking = asyncio.create_task(client.call_tool("ask_human", asked, progress_callback=heard))
        await begun(asking, heard)
        await scene.answer("Over stdio?")
        assert content(await asking)["decision"] == "approve"


@dataclass
class Sitting:
    """The person at the client, who fills in a form in one way."""

    decision: str
    asked: list[str] = field(default_factory=list[str])

    async def __call__(self, _context: Any, form: ElicitRequestParams) -> ElicitResult:
        self.asked.append(form.message)
        return ElicitResult(action="accept", content={"decision": self.decision, "comment": "Me."})


def at_a_client(scene: Scene, mode: str, person: Sitting) -> Any:
    """Each way by which a client can be asked: in the call, and by its result."""
    if mode == "http":
        headers = {"Handraise-Act-For": scene.person}
        return scene.client(scene.acting_key, headers=headers, elicitation_callback=person)
    speaking = {"HANDRAISE_API_KEY": scene.acting_key, "HANDRAISE_ACT_FOR": scene.person}
    return Client(beside(scene, **speaking), mode=mode, elicitation_callback=person)


@pytest.mark.parametrize("mode", ["legacy", "auto", "http"])
async def test_who_sits_at_the_client_answers_at_once_where_the_kind_lets_askers(
    scene: Scene, mode: str
) -> None:
    person = Sitting("approve")
    asked = {"title": f"Reel 8 {mode}", "kind": "script_approval", "ask_here": True}
    async with at_a_client(scene, mode, person) as client:
        answer = content(await client.call_tool("ask_human", asked))
    assert (answer["decision"], answer["comment"]) == ("approve", "Me.")
    assert answer["answered_by"] == scene.person
    assert len(person.asked) == 1
    assert f"Reel 8 {mode}" in person.asked[0]


async def test_nobody_approves_their_own_question_where_the_kind_forbids_it(scene: Scene) -> None:
    person = Sitting("approve")
    asked = {"title": "Mine?", "ask_here": True, "wait_seconds": 0.1}
    async with at_a_client(scene, "http", person) as client:
        answer = content(await client.call_tool("ask_human", asked))
    assert (answer["status"], person.asked) == ("waiting", [])
    assert "can't be decided at this client" in answer["note"]


async def test_standing_alone_each_caller_brings_a_credential(scene: Scene) -> None:
    async with httpx.AsyncClient(timeout=90) as http:
        server = make_server(door_by_bearer(scene.url, http))
        app = application(server, check_by_asking(scene.url, http))
        async with serving(app, 0) as alone:
            async with connected(f"{alone}/mcp", scene.key) as client:
                asked = {"title": "Alone?", "wait_seconds": 0}
                assert content(await client.call_tool("ask_human", asked))["status"] == "waiting"
            sent = {"Authorization": "Bearer hr_wrong_wrong"} | ACCEPTED
            answer = await http.post(f"{alone}/mcp", json=LISTING, headers=sent)
            assert answer.status_code == 401
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
            fooled = sent | {"Authorization": f"Bearer {scene.key}", "Host": "evil.test"}
            answer = await http.post(f"{alone}/mcp", json=LISTING, headers=fooled)
            assert answer.status_code == 421


class Handle(Result):
    """The handle of a task that takes longer, as the extension defines it."""

    model_config = ConfigDict(extra="allow")
    result_type: Literal["task"] = Field(alias="resultType")
    task_id: str = Field(alias="taskId")
    status: str


class AboutTask(RequestParams):
    task_id: str = Field(alias="taskId")


class TaskCall(McpRequest[AboutTask, str]):
    name_param = "taskId"


class Told(Result):
    model_config = ConfigDict(extra="allow")


class Polls(ClientExtension):
    """A client that knows tasks: it keeps the handle, asks how it stands, and goes on."""

    identifier = "io.modelcontextprotocol/tasks"

    def __init__(self) -> None:
        self.handles: asyncio.Queue[Handle] = asyncio.Queue()

    def claims(self) -> Any:
        return (ResultClaim(result_type="task", model=Handle, resolve=self._resolve),)

    async def _resolve(self, handle: Handle, context: ClaimContext) -> CallToolResult:
        await self.handles.put(handle)

        async def done() -> dict[str, Any] | None:
            told = await said_of(context.session, "tasks/get", handle.task_id)
            return told if told["status"] != "working" else None

        return CallToolResult.model_validate((await eventually(done))["result"])


async def said_of(session: Any, method: str, task_id: str) -> dict[str, Any]:
    call = TaskCall(method=method, params=AboutTask(taskId=task_id))
    return (await session.send_request(call, Told)).model_dump()


async def test_a_long_wait_is_a_task_that_outlives_the_client(scene: Scene) -> None:
    polls, asked = Polls(), {"title": "For days?", "idempotency_key": "days"}
    async with scene.client(scene.key, extensions=[polls]) as client:
        asking = asyncio.create_task(client.call_tool("ask_human", asked))
        handle = await polls.handles.get()
        assert handle.status == "working"
        asking.cancel()
        await asyncio.wait([asking])
    await scene.answer("For days?")
    async with scene.client(scene.key, extensions=[polls]) as client:

        async def done() -> dict[str, Any] | None:
            told = await said_of(client.session, "tasks/get", handle.task_id)
            return told if told["status"] == "completed" else None

        told = await eventually(done)
        assert told["result"]["structuredContent"]["decision"] == "approve"
        assert content(await client.call_tool("ask_human", asked))["decision"] == "approve"


async def test_a_task_is_withdrawn_by_its_client_and_nobody_elses(scene: Scene) -> None:
    polls = Polls()
    async with scene.client(scene.key, extensions=[polls]) as client:
        asking = asyncio.create_task(client.call_tool("ask_human", {"title": "Withdrawn?"}))
        handle = await polls.handles.get()
        asking.cancel()
        async with scene.client(scene.stranger, extensions=[Polls()]) as stranger:
            for method in ("tasks/get", "tasks/cancel"):
                with pytest.raises(MCPError, match="There is no task"):
                    await said_of(stranger.session, method, handle.task_id)
        async with scene.client(scene.key) as ignorant:
            with pytest.raises(MCPError, match="did not declare"):
                await said_of(ignorant.session, "tasks/get", handle.task_id)
        await said_of(client.session, "tasks/cancel", handle.task_id)

        async def cancelled() -> bool:
            told = await said_of(client.session, "tasks/get", handle.task_id)
            return told["status"] == "cancelled"

        await eventually(cancelled)


async def test_the_ad_platforms_tasks_are_created_assigned_and_completed(scene: Scene) -> None:
    found = scene.st.found("ad_tasks_mcp")
    async with over_http(found) as app, serving(app, 0) as url:
        staff = await take_on(found)
        cora = await scene.st.house.door.directory.people.get("demo", staff.people[CREATIVE])
        omar = await scene.st.house.door.directory.people.get("demo", staff.people[OPERATIONS])
        wanted = {
            "task_type": "creative_approval",
            "principal_id": "acme",
            "creative_id": "cr-1",
            "priority": "high",
            "idempotency_key": "creative cr-1",
        }
        async with connected(f"{url}/mcp", scene.key) as agent:
            task = content(await agent.call_tool("create_human_task", wanted))
            again = content(await agent.call_tool("create_human_task", wanted))
            assert again["task_id"] == task["task_id"]
            assert set(task) == set(HumanTask.model_fields)
            named = {"task_id": task["task_id"]}
            done = named | {"resolution": "approved", "resolution_detail": "Fine."}
            assert "Only a person" in refusal(await agent.call_tool("complete_task", done))
            given = named | {"assigned_to": CREATIVE}
            assigned = content(await agent.call_tool("assign_task", given))
            assert (assigned["status"], assigned["assigned_to"]) == ("assigned", cora.id)
        async with connected(f"{url}/mcp", scene.st.house.token(omar)) as other:
            assert "There is no task" in refusal(await other.call_tool("get_human_task", named))
        async with connected(f"{url}/mcp", scene.st.house.token(cora)) as person:
            pending = content(await person.call_tool("get_pending_tasks", {}))["tasks"]
            assert task["task_id"] in [one["task_id"] for one in pending]
            completed = content(await person.call_tool("complete_task", done))
            assert (completed["status"], completed["resolution"]) == ("completed", "approved")
            assert completed["resolved_by"] == cora.id
            told = refusal(await person.call_tool("complete_task", done))
            assert "already_decided" in told


async def test_waits_end_before_the_front_door_does(scene: Scene) -> None:
    """The last test: nobody can wait in this process any more."""
    heard = Heard()
    async with scene.client(scene.key) as client:
        asked = {"title": "Until the end?"}
        asking = asyncio.create_task(client.call_tool("ask_human", asked, progress_callback=heard))
        await begun(asking, heard)
        scene.st.house.door.live.stop()
        assert content(await asking)["status"] == "waiting"
