"""A question goes out and an answer comes back, through every process of the running system."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from event_schemas.types import Received, Requested
from kernel.codec import decode
from tests.support.eventually import eventually
from tests.support.log_facts import assert_each_command_has_one_entry, log_facts
from tests.support.receiver import receiver
from tests.support.servers import OwnBroker
from tests.support.system import System, whole_system

VICTIMS = (
    "services.request_svc",
    "api",
    "projections.inbox",
    "services.callback_svc",
    "services.notifier_svc",
    "services.timeout_svc",
    "projections.history",
)
SHARES = len(VICTIMS) + 3
REQUESTS = 500
AT_ONCE = 8


@pytest.fixture
async def system(
    own_broker: Callable[[], OwnBroker], database: str, tmp_path: Path
) -> AsyncIterator[System]:
    async with whole_system(own_broker, database, tmp_path) as running:
        yield running


def question(receiver_url: str, **over: Any) -> dict[str, Any]:
    """The seed's shape."""
    return {
        "workflow_id": "wf-abc123",
        "checkpoint_id": "cp-xyz789",
        "type": "approval",
        "title": "Review high-risk changes",
        "description": "Complaint #42 requires database schema changes",
        "context": {"affected_systems": ["payments", "user-auth"]},
        "routing": {"channels": ["web"], "recipients": []},
        "callback_webhook": receiver_url,
        "timeout_minutes": 1440,
        "metadata": {"agent_id": "code-review-agent", "priority": "high"},
        **over,
    }


async def test_journeys_through_one_system(system: System) -> None:
    """One system serves these journeys: starting it is what takes time."""
    secret = system.credentials["HANDRAISE_CALLBACK_SECRET"]
    async with (
        receiver(secret) as agent_side,
        system.agent() as agent,
        system.reviewer() as ada,
        system.admin() as rival,
    ):
        await _answered_once(agent, ada, rival, agent_side)
        await _nobody_answers(agent, agent_side)
        await _changes_are_asked_for_and_made(agent, ada, agent_side)
        await _survives_kills(system, agent_side)


async def _answered_once(
    agent: httpx.AsyncClient, ada: httpx.AsyncClient, rival: httpx.AsyncClient, agent_side: Any
) -> None:
    opened = await agent.post("/api/v1/requests", json=question(agent_side.url))
    assert opened.status_code == 201, opened.text
    request_id = opened.json()["id"]
    assert opened.json()["state"] == "pending"

    path = f"/api/v1/requests/{request_id}/respond"
    answers = await asyncio.gather(
        ada.post(path, json={"decision": "approve", "comment": "LGTM"}),
        rival.post(path, json={"decision": "reject"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert lost.json()["winner"]["actor_id"] == won.json()["response"]["responder_id"]

    called = await agent_side.called(request_id)
    assert called["event"] == "request.responded"
    assert called["response"]["decision"] == won.json()["response"]["decision"]
    assert called["metadata"]["checkpoint_id"] == "cp-xyz789"

    async def completed() -> dict[str, Any] | None:
        shown = (await agent.get(f"/api/v1/requests/{request_id}")).json()
        return shown if shown["state"] == "completed" else None

    shown = await eventually(completed)
    assert shown is not None
    assert shown["priority"] == "high"
    moments = ("created_at", "responded_at", "callback_sent_at", "completed_at")
    assert [m for m in moments if not shown[m]] == []
    history = (await agent.get(f"/api/v1/requests/{request_id}/history")).json()
    assert [item["version"] for item in history["items"] if item.get("version")] != []


async def _nobody_answers(agent: httpx.AsyncClient, agent_side: Any) -> None:
    asked = question(agent_side.url, timeout_seconds=2)
    del asked["timeout_minutes"]
    opened = await agent.post("/api/v1/requests", json=asked)
    called = await agent_side.called(opened.json()["id"])
    assert called["event"] == "request.timed_out"
    assert called["response"] is None

    async def closed() -> dict[str, Any] | None:
        found = (await agent.get(f"/api/v1/requests/{opened.json()['id']}")).json()
        return found if found["outcome"] else None

    shown = await eventually(closed)
    assert shown is not None
    assert shown["outcome"] == "timed_out"
    assert shown["updated_at"] >= opened.json()["timeout_at"], "it closed before its deadline"


async def _changes_are_asked_for_and_made(
    agent: httpx.AsyncClient, ada: httpx.AsyncClient, agent_side: Any
) -> None:
    opened = await agent.post(
        "/api/v1/requests", json=question(agent_side.url, type="script_approval")
    )
    assert opened.status_code == 201, opened.text
    request_id = opened.json()["id"]
    path = f"/api/v1/requests/{request_id}"
    asked = await ada.post(
        f"{path}/respond", json={"decision": "regenerate", "comment": "too long"}
    )
    assert asked.status_code == 200, asked.text
    called = await agent_side.called(request_id)
    assert called["event"] == "request.changes_requested"
    revised = await agent.post(f"{path}/revise", json={"title": "Shorter", "context": {"n": 2}})
    assert revised.status_code == 200, revised.text
    stale = await ada.post(f"{path}/respond", json={"decision": "approve", "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")
    final = await ada.post(f"{path}/respond", json={"decision": "approve", "revision": 2})
    assert final.status_code == 200, final.text


async def _survives_kills(system: System, agent_side: Any) -> None:
    """The writer, the front door, a view, the callbacks and the broker die while 500 are asked."""
    done: set[str] = set()
    numbers = iter(range(REQUESTS))
    async with system.agent() as agent, system.reviewer() as ada:

        async def ask_and_answer() -> None:
            for number in numbers:
                asked = question(agent_side.url, title=f"Number {number}")
                opened = await _insist(agent, "/api/v1/requests", asked, f"open-{number}")
                path = f"/api/v1/requests/{opened['id']}/respond"
                await _insist(ada, path, {"decision": "approve"}, f"answer-{number}")
                done.add(opened["id"])

        asking = [asyncio.create_task(ask_and_answer()) for _ in range(AT_ONCE)]
        for share, name in enumerate(VICTIMS, 1):
            await _progress(done, share * REQUESTS // SHARES)
            system.processes[name].kill()
            system.processes[name].start()
        await _progress(done, (len(VICTIMS) + 1) * REQUESTS // SHARES)
        system.broker.kill()
        await asyncio.to_thread(system.broker.start)
        await asyncio.wait_for(asyncio.gather(*asking), 240)
    assert len(done) == REQUESTS

    async def all_called() -> bool:
        return done <= {request_id for request_id, calls in agent_side.calls.items() if calls}

    await eventually(all_called, within_seconds=120)
    assert {len(agent_side.calls[request_id]) for request_id in done} == {1}, "another webhook id"
    facts = await log_facts(system.settings)
    assert_each_command_has_one_entry(facts)
    for kind in (Requested, Received):
        told = [
            entry.request_id
            for entry in facts.entries
            for event in entry.events
            if isinstance(decode(event.body), kind) and entry.request_id in done
        ]
        assert sorted(told) == sorted(done), f"{kind.__name__} lost or doubled"
    await _views_agree(system, done)


async def _views_agree(system: System, done: set[str]) -> None:
    async with system.agent() as agent:

        async def all_completed() -> bool:
            found: set[str] = set()
            cursor: str | None = None
            while True:
                params = {
                    "state": "completed",
                    "limit": "200",
                    **({"cursor": cursor} if cursor else {}),
                }
                page = (await agent.get("/api/v1/requests", params=params)).json()
                found |= {item["id"] for item in page["items"]}
                cursor = page["next_cursor"]
                if cursor is None:
                    return done <= found

        await eventually(all_completed, within_seconds=90)


async def _insist(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], key: str
) -> dict[str, Any]:
    """As a careful client does: the same key, until there is an answer."""
    while True:
        try:
            answer = await client.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            await asyncio.sleep(0)
            continue
        if answer.status_code in (200, 201):
            return answer.json()
        assert answer.status_code in (202, 503, 502, 504), answer.text
        await asyncio.sleep(0)


async def _progress(done: set[str], count: int) -> None:
    async def reached() -> bool:
        return len(done) >= count

    await eventually(reached, within_seconds=120)
