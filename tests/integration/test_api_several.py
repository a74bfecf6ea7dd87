"""Many questions at once, and one action on many requests: each item stands for itself."""

from typing import Any

import pytest

from api.rest.documents.several import ActedOnDocument, OpenedBatchDocument
from kernel.ids import new_id
from tests.support.front_door import SEED, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHANGES = {"decision": "request_changes", "comment": "Smaller"}
BATCH, BULK = "/api/v1/requests/batch", "/api/v1/requests/bulk"


async def batch(desk: Desk, *items: Any, **headers: str) -> list[dict[str, Any]]:
    answer = await desk.agent.post(BATCH, json={"items": items}, headers=headers)
    assert answer.status_code == 200, answer.text
    OpenedBatchDocument.model_validate(answer.json())
    return answer.json()["items"]


async def bulk(client: Any, action: str, items: Any, **body: Any) -> list[dict[str, Any]]:
    answer = await client.post(BULK, json={"action": action, "body": body, "items": items})
    assert answer.status_code == 200, answer.text
    ActedOnDocument.model_validate(answer.json())
    return answer.json()["items"]


def question(**over: Any) -> dict[str, Any]:
    return {"request": SEED | over}


async def test_a_hundred_questions_are_opened_in_their_order(desk: Desk) -> None:
    items = await batch(desk, *(question(title=f"Number {n}") for n in range(100)))
    assert {item["status"] for item in items} == {201}
    assert len({item["id"] for item in items}) == 100
    last = await desk.read(items[99]["id"])
    assert last["title"] == "Number 99"


async def test_what_is_wrong_with_one_question_is_told_with_it_and_stops_no_other(
    desk: Desk,
) -> None:
    items = await batch(
        desk, question(), question(title=""), {"request": {}}, question(type="no_such_kind")
    )
    assert [item["status"] for item in items] == [201, 422, 422, 422]
    assert items[1]["problem"]["errors"][0]["pointer"] == "/title"
    assert items[3]["problem"]["errors"][0]["pointer"] == "/type"


async def test_each_item_is_repeated_by_its_own_key_as_alone(desk: Desk) -> None:
    first = await batch(desk, {**question(), "idempotency_key": "b1"}, question())
    again = await batch(desk, {**question(), "idempotency_key": "b1"}, question())
    assert again[0]["id"] == first[0]["id"]
    assert again[1]["id"] != first[1]["id"]
    alone = await desk.agent.post("/api/v1/requests", json=SEED, headers={"Idempotency-Key": "b1"})
    assert (alone.status_code, alone.json()["id"]) == (201, first[0]["id"])
    other = await batch(desk, {**question(title="Other"), "idempotency_key": "b1"})
    assert (other[0]["status"], other[0]["problem"]["code"]) == (422, "key_reused")
    assert other[0]["problem"]["request_id"] == first[0]["id"]


async def test_a_batch_with_a_key_is_repeated_whole(desk: Desk) -> None:
    key = {"Idempotency-Key": '"batch-7"'}
    first = await batch(desk, question(), question(title="Two"), **key)
    again = await batch(desk, question(), question(title="Two"), **key)
    assert [item["id"] for item in again] == [item["id"] for item in first]


async def test_the_same_key_twice_in_a_batch_is_one_request(desk: Desk) -> None:
    items = await batch(desk, *[{**question(), "idempotency_key": "twin"}] * 3)
    assert {item["status"] for item in items} == {201}
    assert len({item["id"] for item in items}) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [{}]},
        {"items": [question()] * 101},
        {"items": [{**question(), "idempotency_key": ""}]},
        {"items": [{**question(), "idempotency_key": "\u00e9"}]},
        {"items": [{**question(), "state": "completed"}]},
    ],
)
async def test_a_batch_that_makes_no_sense_is_refused_whole(desk: Desk, body: Any) -> None:
    refused = await desk.agent.post(BATCH, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_an_action_is_done_to_each_and_stale_items_are_left_as_they_are(desk: Desk) -> None:
    fresh, revised = await desk.ask(type="code_review"), await desk.ask(type="code_review")
    path = f"/api/v1/requests/{revised['id']}"
    await desk.kim.post(f"{path}/respond", json=CHANGES)
    changed = await desk.agent.post(f"{path}/revise", json={"title": "Changed"})
    assert changed.json()["revision"] == 2
    lou = desk.people["lou"].id
    items = [{"id": fresh["id"], "revision": 1}, {"id": revised["id"], "revision": 1}]
    done = await bulk(desk.lee, "assign", items, assignee={"person": lou})
    assert [item["status"] for item in done] == [200, 409]
    assert done[0]["request"]["assigned_to"]["person"] == lou
    assert done[1]["problem"]["code"] == "stale_revision"
    assert done[1]["problem"]["revision"] == 2
    left = await desk.read(revised["id"], min_version=changed.json()["version"])
    assert (left["assigned_to"], left["version"]) == (None, changed.json()["version"])
    items[1]["revision"] = 2
    again = await bulk(desk.lee, "assign", items, assignee={"person": lou})
    assert [item["status"] for item in again] == [200, 200]


async def test_every_action_of_bulk_does_what_it_says(desk: Desk) -> None:
    opened = [await desk.ask() for _ in range(3)]
    for one in opened:
        await desk.read(one["id"])
    items = [{"id": one["id"], "revision": 1} for one in opened]

    async def states(action: str, client: Any, **body: Any) -> set[Any]:
        done = await bulk(client, action, items, **body)
        assert {item["status"] for item in done} == {200}, done
        return {item["request"]["state"] for item in done}

    assert await states("claim", desk.kim) == {"assigned"}
    assert await states("release", desk.kim, reason="tea") <= {"pending", "notified"}
    await states("reprioritise", desk.lee, priority="urgent")
    await states("extend", desk.lee, minutes=60 * 24 * 7)
    assert await states("respond", desk.kim, decision="reject", comment="no") == {"responded"}
    late = await bulk(desk.agent, "cancel", items)
    assert {item["problem"]["code"] for item in late} == {"already_decided"}


async def test_whom_an_item_is_not_for_is_told_so_for_that_item(desk: Desk) -> None:
    mine = await desk.ask()
    async with Desk.open(desk.house) as other:
        theirs = await other.ask()
    items = [{"id": mine["id"], "revision": 1}, {"id": theirs["id"], "revision": 1}]
    items.append({"id": new_id(), "revision": 1})
    done = await bulk(desk.lee, "cancel", items, reason="clearing up")
    assert [item["status"] for item in done] == [200, 404, 404]
    assert done[1]["problem"]["detail"].replace(theirs["id"], "") == done[2]["problem"][
        "detail"
    ].replace(items[2]["id"], "")


async def test_who_may_not_do_it_alone_may_not_do_it_in_bulk(desk: Desk) -> None:
    opened = await desk.ask()
    body = {
        "action": "respond",
        "body": {"decision": "approve"},
        "items": [{"id": opened["id"], "revision": 1}],
    }
    assert (await desk.agent.post(BULK, json=body)).status_code == 403
    async with desk.house.client(await desk.house.key(desk.tenant, "reads", ())) as reader:
        assert (await reader.post(BULK, json=body)).status_code == 403


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"action": "assign", "items": [{"id": new_id(), "revision": 1}]}, "/body/assignee"),
        ({"action": "comment", "items": [{"id": new_id(), "revision": 1}]}, "/action"),
        ({"action": "claim", "items": [{"id": new_id()}]}, "/items/0/revision"),
        ({"action": "claim", "items": [{"id": "x", "revision": 1}]}, "/items/0/id"),
        ({"action": "claim", "items": []}, "/items"),
        (
            {"action": "claim", "body": {"x": 1}, "items": [{"id": "a" * 36, "revision": 1}]},
            "/body/x",
        ),
        ({"action": "claim", "items": [{"id": "a" * 36, "revision": 1}] * 2}, ""),
    ],
)
async def test_a_bulk_action_that_makes_no_sense_is_refused_whole(
    desk: Desk, body: Any, place: str
) -> None:
    refused = await desk.lee.post(BULK, json=body)
    assert refused.status_code == 422
    assert place in {flaw["pointer"] for flaw in refused.json()["errors"]}
