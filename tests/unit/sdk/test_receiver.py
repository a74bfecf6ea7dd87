"""The door for callbacks: only the service gets in, each answer resumes once."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from handraise import Receiver
from handraise.fastapi import router
from handraise.storage import Closed, Status
from starlette.applications import Starlette
from starlette.routing import Route

from tests.unit.sdk.agents import NOW, SECRET, Bench, Refunds, bench, signed


@dataclass
class Door:
    """A paused workflow, its answer, and the receiver that waits for it."""

    desk: Bench
    agent: Refunds
    receiver: Receiver
    body: bytes

    async def post(
        self, headers: Any = None, body: bytes | None = None, path: str = "/resume"
    ) -> httpx.Response:
        sent = self.body if body is None else body
        transport = httpx.ASGITransport(app=self.receiver)
        async with httpx.AsyncClient(transport=transport, base_url="http://agent") as http:
            return await http.post(
                path, content=sent, headers=signed(sent) if headers is None else headers
            )

    def legs(self) -> list[str]:
        return [leg for leg, _ in self.desk.legs]


@asynccontextmanager
async def door(directory: Path, **options: Any) -> AsyncGenerator[Door]:
    desk = bench(directory)
    async with desk.refunds() as agent:
        await agent.start({"order": "A-17"}, workflow_id="wf-1")
        request = desk.service.close(desk.only_request())
        receiver = Receiver(agent, secrets=[SECRET], clock=NOW.timestamp, **options)
        yield Door(desk, agent, receiver, desk.callback(request))


@pytest.fixture
async def paused(tmp_path: Path) -> AsyncGenerator[Door]:
    async with door(tmp_path) as opened:
        yield opened


async def test_a_signed_callback_resumes_the_workflow(paused: Door) -> None:
    answer = await paused.post()
    assert answer.status_code == 200
    assert answer.json() == {"status": "resumed", "workflow_id": "wf-1"}
    state = await paused.agent.workflow("wf-1")
    assert state is not None
    assert state.status is Status.COMPLETED
    assert paused.desk.bus.types()[2:] == ["code.approved", "workflow.completed"]
    assert paused.desk.legs[-1][1]["answer"]["response"]["decision"] == "approve"


async def test_the_plain_signature_alone_opens_the_door(paused: Door) -> None:
    headers = {"X-Webhook-Signature": signed(paused.body)["X-Webhook-Signature"]}
    assert (await paused.post(headers)).status_code == 200
    assert (await paused.post(headers)).status_code == 200
    assert paused.legs() == ["run", "resume"]


async def test_a_repeat_is_welcome_and_resumes_nothing(paused: Door) -> None:
    for _ in range(3):
        answer = await paused.post()
        assert (answer.status_code, answer.json()["status"]) == (200, "resumed")
    assert paused.legs() == ["run", "resume"]


async def test_two_copies_at_the_same_moment_resume_once(paused: Door) -> None:
    answers = await asyncio.gather(*(paused.post() for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert paused.legs() == ["run", "resume"]


async def test_a_repeat_to_a_new_process_resumes_nothing(paused: Door) -> None:
    await paused.post()
    async with paused.desk.refunds() as agent:
        paused.receiver = Receiver(agent, secrets=[SECRET], clock=NOW.timestamp)
        assert (await paused.post()).status_code == 200
    assert paused.legs() == ["run", "resume"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Webhook-Signature": "sha256=00"},
        {"X-Webhook-Signature": "sha256=ü".encode()},
        {"X-Webhook-Signature": b"\xff\xfe"},
        {"webhook-id": "evt-1", "webhook-timestamp": "1", "webhook-signature": "v1,x"},
    ],
)
async def test_who_can_not_sign_gets_401_and_wakes_nobody(paused: Door, headers: Any) -> None:
    assert (await paused.post(headers)).status_code == 401
    assert paused.legs() == ["run"]


async def test_an_old_callback_is_a_replay(paused: Door) -> None:
    old = NOW.replace(hour=9)
    assert (await paused.post(signed(paused.body, at=old))).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        b'{"event": "request.exploded", "metadata": {}}',
        b'{"event": "request.responded", "request_id": "r", "metadata": {}}',
        b'{"event": "request.responded", "request_id": 7, "metadata": {"workflow_id": 1}}',
        b'{"event": ["request.responded"], "request_id": "r", "metadata": {"workflow_id": "w"}}',
    ],
)
async def test_signed_nonsense_gets_400(paused: Door, body: bytes) -> None:
    assert (await paused.post(body=body)).status_code in (400, 404)
    assert paused.legs() == ["run"]


async def test_an_unknown_checkpoint_gets_404(paused: Door) -> None:
    said = json.loads(paused.body)
    said["metadata"]["checkpoint_id"] = "cp-none"
    assert (await paused.post(body=json.dumps(said).encode())).status_code == 404


async def test_an_unknown_agent_gets_404(paused: Door) -> None:
    said = json.loads(paused.body)
    said["metadata"]["agent_id"] = "nobody"
    assert (await paused.post(body=json.dumps(said).encode())).status_code == 404


async def test_an_expired_checkpoint_gets_410(paused: Door) -> None:
    said = json.loads(paused.body)["metadata"]
    async with paused.agent.runtime.store.transaction() as tables:
        await tables.checkpoints.close("wf-1", said["checkpoint_id"], Closed.EXPIRED, NOW)
    assert (await paused.post()).status_code == 410


async def test_a_body_that_is_too_large_gets_413_before_it_is_read_whole(tmp_path: Path) -> None:
    async with door(tmp_path, max_body_bytes=1000) as small:
        assert (await small.post(body=b"x" * 1001)).status_code == 413
        assert small.legs() == ["run"]


async def test_only_post_is_answered(paused: Door) -> None:
    transport = httpx.ASGITransport(app=paused.receiver)
    async with httpx.AsyncClient(transport=transport, base_url="http://agent") as http:
        assert (await http.get("/resume")).status_code == 405


async def test_a_leg_that_raises_gets_500_and_the_next_attempt_resumes(paused: Door) -> None:
    def fail(where: str) -> None:
        raise RuntimeError(where)

    paused.agent.crash = fail
    assert (await paused.post()).status_code == 500
    paused.agent.crash = lambda where: None
    assert (await paused.post()).status_code == 200
    assert paused.legs() == ["run", "resume", "resume"]


async def test_a_workflow_that_another_process_holds_gets_503(paused: Door) -> None:
    async with paused.agent.runtime.store.transaction() as tables:
        await tables.workflows.claim("wf-1", "other", now=NOW, until=NOW.replace(hour=23))
    answer = await paused.post()
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_a_long_leg_is_answered_in_time_and_goes_on(tmp_path: Path) -> None:
    async with door(tmp_path, answer_within_seconds=0.01) as slow:
        may_end = asyncio.Event()
        original = slow.agent.resume_from_checkpoint

        async def wait_first(workflow_id: str, state: dict[str, Any]) -> Any:
            await may_end.wait()
            return await original(workflow_id, state)

        slow.agent.resume_from_checkpoint = wait_first
        assert (await slow.post()).status_code == 200
        assert slow.legs() == ["run"]
        may_end.set()
        await slow.receiver.drain()
        assert slow.legs() == ["run", "resume"]


async def test_a_call_for_changes_and_the_answer_after_it_both_get_in(paused: Door) -> None:
    desk = paused.desk
    wanted = desk.service.ask_for_changes(desk.only_request())
    body = desk.callback(wanted, "request.changes_requested")
    assert (await paused.post(signed(body, "evt-a"), body)).status_code == 200
    assert (await paused.post(signed(body, "evt-a"), body)).status_code == 200
    final = desk.callback(desk.service.close(desk.only_request()))
    assert (await paused.post(signed(final, "evt-b"), final)).status_code == 200
    assert paused.legs() == ["run", "resume", "resume"]
    assert paused.desk.bus.types()[-1] == "workflow.completed"


@pytest.mark.parametrize("event", ["request.timed_out", "request.cancelled"])
async def test_an_end_without_an_answer_resumes_too(paused: Door, event: str) -> None:
    said = {**json.loads(paused.body), "event": event, "response": None}
    body = json.dumps(said).encode()
    assert (await paused.post(signed(body), body)).status_code == 200
    assert paused.desk.bus.types()[-1] == "workflow.failed"


async def test_it_is_a_route_of_fastapi_and_of_starlette(paused: Door) -> None:
    api = FastAPI()
    api.include_router(router(paused.receiver, "/agents/resume"))
    page = Starlette(routes=[Route("/agents/resume", paused.receiver, methods=["POST"])])
    for app in (api, page):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://agent") as http:
            headers = signed(paused.body)
            answer = await http.post("/agents/resume", content=paused.body, headers=headers)
            assert answer.json() == {"status": "resumed", "workflow_id": "wf-1"}
            assert (await http.get("/agents/resume")).status_code == 405


def test_a_receiver_needs_an_agent_and_a_real_secret() -> None:
    for secrets in ([], [""], ["whsec_"]):
        with pytest.raises(ValueError):
            Receiver(secrets=secrets)


async def test_what_was_answered_already_waits_for_the_process_that_died_at_work(
    tmp_path: Path,
) -> None:
    async with door(tmp_path, answer_within_seconds=0.02) as opened:
        desk, runtime = opened.desk, opened.agent.runtime
        async with runtime.store.transaction() as tables:
            until = desk.now + timedelta(seconds=60)
            await tables.workflows.claim("wf-1", "the dead one", now=desk.now, until=until)
        tried = asyncio.Event()
        advance = opened.agent.advance

        async def tell(workflow_id: str) -> None:
            try:
                await advance(workflow_id)
            finally:
                tried.set()

        opened.agent.advance = tell
        answer = await opened.post()
        await tried.wait()
        desk.pass_time(61)
        await opened.receiver.drain()
    assert (answer.status_code, answer.json()["status"]) == (200, "resumed")
    assert opened.legs() == ["run", "resume"]
