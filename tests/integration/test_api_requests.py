"""Requests asked, read, moved on, waited for and listed over REST, on the real circle."""

import asyncio
from typing import Any

import httpx
import pytest

from api.rest.documents.requests import (
    ActedDocument,
    ListDocument,
    OpenedDocument,
    RequestDocument,
    WaitedDocument,
)
from api.rest.documents.trail import HistoryDocument
from tests.support.eventually import eventually
from tests.support.front_door import SEED, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_question_is_opened_with_the_seeds_fields(desk: Desk) -> None:
    opened = await desk.agent.post("/api/v1/requests", json=SEED)
    assert opened.status_code == 201
    document = opened.json()
    OpenedDocument.model_validate(document)
    assert document["workflow_id"] == "wf-abc123"
    assert document["state"] == "pending"
    assert document["created_at"].endswith("Z")


async def test_what_was_written_is_read_at_once(desk: Desk) -> None:
    opened = await desk.ask()
    found = await desk.read(opened["id"])
    RequestDocument.model_validate(found)
    assert found["context"] == SEED["context"]
    assert found["cancel_reason"] is None
    assert found["metadata"] == SEED["metadata"]
    assert (found["priority"], found["agent_id"]) == ("high", "code-review-agent")
    assert found["created_at"] == opened["created_at"]
    assert found["timeout_at"] == opened["timeout_at"]
    assert found["content_hash"] == opened["content_hash"]


async def test_a_request_is_taken_given_back_assigned_and_worked_on(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}"
    kim, lou = desk.people["kim"].id, desk.people["lou"].id

    async def act(who: httpx.AsyncClient, what: str, **body: Any) -> dict[str, Any]:
        acted = await who.post(f"{path}/{what}", json=body)
        assert acted.status_code == 200, acted.text
        ActedDocument.model_validate(acted.json())
        return acted.json()

    assert (await act(desk.kim, "claim"))["assigned_to"]["person"] == kim
    held = await desk.lou.post(f"{path}/respond", json={"decision": "approve"})
    assert (held.status_code, held.json()["holder"]) == (409, kim)
    assert (await act(desk.kim, "start"))["state"] == "in_progress"
    assert (await act(desk.kim, "release"))["assigned_to"] is None
    assigned = await act(desk.lee, "assign", assignee={"person": lou}, reason="knows it")
    assert assigned["assigned_to"]["person"] == lou
    assert (await act(desk.lee, "reprioritise", priority="urgent"))["priority"] == "urgent"
    later = await act(desk.lee, "extend", minutes=3 * 24 * 60)
    assert later["timeout_at"] > opened["timeout_at"]
    sooner = await desk.lee.post(f"{path}/extend", json={"minutes": 60})
    assert (sooner.status_code, sooner.json()["code"]) == (422, "invalid")
    assert (await act(desk.lee, "escalate", reason="it waits"))["escalation_level"] == 1
    said = await act(desk.agent, "comment", text="Any news?")
    cancelled = await act(desk.agent, "cancel", reason="reverted")
    assert cancelled["version"] > said["version"]
    found = await desk.read(opened["id"], min_version=cancelled["version"])
    RequestDocument.model_validate(found)
    assert found["cancel_reason"] == "reverted"


async def test_changes_are_asked_for_and_the_changed_question_is_answered(desk: Desk) -> None:
    opened = await desk.ask(type="code_review")
    path = f"/api/v1/requests/{opened['id']}"
    asked = await desk.kim.post(
        f"{path}/respond", json={"decision": "request_changes", "comment": "Add a test"}
    )
    assert asked.json()["state"] == "revising"
    waited = await desk.agent.get(f"{path}/wait", params={"timeout_seconds": 5})
    WaitedDocument.model_validate(waited.json())
    assert waited.json()["done"] is True
    again = await desk.agent.get(
        f"{path}/wait", params={"timeout_seconds": 0, "after_version": waited.json()["version"]}
    )
    assert again.json()["done"] is False

    revised = await desk.agent.post(
        f"{path}/revise", json={"context": {"code_diff": "…"}, "note": "Test added"}
    )
    assert (revised.status_code, revised.json()["revision"]) == (200, 2)
    found = await desk.read(opened["id"], min_version=revised.json()["version"])
    assert found["context"] == {"code_diff": "…"}
    assert found["title"] == SEED["title"]
    assert found["content_hash"] != opened["content_hash"]
    stale = await desk.kim.post(f"{path}/respond", json={"decision": "approve", "revision": 1})
    assert (stale.json()["code"], stale.json()["revision"]) == ("stale_revision", 2)
    final = await desk.kim.post(f"{path}/respond", json={"decision": "approve", "revision": 2})
    assert final.status_code == 200


async def test_waiting_ends_as_soon_as_there_is_an_answer(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}"
    await desk.read(opened["id"])
    waiting = asyncio.create_task(desk.agent.get(f"{path}/wait", params={"timeout_seconds": 60}))

    async def someone_waits() -> bool:
        return "handraise_watchers 1.0" in (await desk.agent.get("/metrics")).text

    await eventually(someone_waits)
    await desk.kim.post(f"{path}/respond", json={"decision": "reject", "comment": "no"})
    async with asyncio.timeout(10):
        waited = await waiting
    assert waited.json()["done"] is True
    assert waited.json()["response"]["decision"] == "reject"


async def test_waiting_ends_when_the_time_is_up(desk: Desk) -> None:
    opened = await desk.ask()
    waited = await desk.agent.get(
        f"/api/v1/requests/{opened['id']}/wait", params={"timeout_seconds": 0}
    )
    assert (waited.status_code, waited.json()["done"]) == (200, False)


async def test_a_version_that_is_not_there_yet_is_not_passed_off_as_read(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}"
    token = desk.house.token(desk.people["kim"])
    async with desk.house.client(token, patient=False) as hasty:
        for view in (path, f"{path}/history"):
            early = await hasty.get(view, params={"min_version": 99})
            assert early.status_code == 503
            assert early.headers["retry-after"] == "1"


async def test_a_wait_is_not_over_before_the_version_that_the_asker_knows(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}"
    gone = (await desk.agent.post(f"{path}/cancel", json={})).json()
    for least, done in ((99, False), (gone["version"], True)):
        params = {"timeout_seconds": 1 if not done else 60, "min_version": least}
        waited = await desk.agent.get(f"{path}/wait", params=params)
        assert (waited.status_code, waited.json()["done"]) == (200, done)


async def test_history_tells_who_did_what(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}"
    await desk.kim.post(f"{path}/respond", json={"decision": "approve"})

    async def told() -> list[dict[str, Any]]:
        items = (await desk.agent.get(f"{path}/history")).json()["items"]
        return items if any(item["event"] == "Received" for item in items) else []

    story = await eventually(told)
    HistoryDocument.model_validate({"items": story})
    assert [item["event"] for item in story] == ["Requested", "Received"]
    assert story[1]["actor"]["id"] == desk.people["kim"].id
    assert "fingerprint" not in story[0]["data"]


async def test_deliveries_and_notifications_are_lists_of_the_requests_own(desk: Desk) -> None:
    opened = await desk.ask()
    for what in ("deliveries", "notifications"):
        answer = await desk.agent.get(f"/api/v1/requests/{opened['id']}/{what}")
        assert (answer.status_code, answer.json()) == (200, {"items": []})


async def test_the_list_is_filtered_paged_and_counted(house: House) -> None:
    async with Desk.open(house) as desk:
        await list_six(desk)


async def list_six(desk: Desk) -> None:
    for number in range(5):
        await desk.ask(title=f"Question {number}", principal_id=f"customer-{number % 2}")
    last = await desk.ask(title="The last one", priority="urgent")
    await desk.read(last["id"])

    first = await desk.agent.get("/api/v1/requests", params={"limit": 4, "sort": "created_at"})
    ListDocument.model_validate(first.json())
    assert first.json()["counts"]["total"] == 6
    second = await desk.agent.get(
        "/api/v1/requests",
        params={"limit": 4, "sort": "created_at", "cursor": first.json()["next_cursor"]},
    )
    titles = [item["title"] for page in (first, second) for item in page.json()["items"]]
    assert titles == [*(f"Question {n}" for n in range(5)), "The last one"]
    assert second.json()["next_cursor"] is None

    async def found(**params: Any) -> list[str]:
        answer = await desk.agent.get("/api/v1/requests", params=params)
        assert answer.status_code == 200, answer.text
        return sorted(item["title"] for item in answer.json()["items"])

    assert await found(principal_id="customer-1") == ["Question 1", "Question 3"]
    assert await found(priority="urgent") == ["The last one"]
    assert await found(q="last") == ["The last one"]
    assert len(await found(**{"facet.risk": "high"})) == 6
    assert await found(**{"facet.risk": "low"}) == []
    assert await found(assigned_to="me") == []
    assert len(await found(assigned_to="nobody", open=True, min_age_minutes=0)) == 6
    assert await found(min_age_minutes=10) == []


@pytest.mark.parametrize(
    "query",
    ["tenant=other", "limit=0", "limit=201", "sort=title", "state=odd", "cursor=AAAA", "q=%00abc"],
)
async def test_a_list_with_a_slip_in_its_address_is_refused(desk: Desk, query: str) -> None:
    refused = await desk.agent.get(f"/api/v1/requests?{query}")
    assert refused.status_code == 422
    assert refused.json()["errors"]


async def test_pages_of_an_age_belong_to_one_list(desk: Desk, house: House) -> None:
    await desk.ask()
    bad = await desk.agent.get(
        "/api/v1/requests", params={"min_age_minutes": 1, "cursor": "12345~AAAA"}
    )
    assert bad.status_code == 422
