"""Answers and repeated calls over REST, judged by the real writer."""

import asyncio

import asyncpg
import pytest

from api.rest.documents.problems import ProblemDocument
from api.rest.documents.requests import RespondedDocument
from tests.support.front_door import SEED, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_answer_closes_the_request_and_a_second_one_is_told_who_won(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}/respond"
    first = await desk.kim.post(path, json={"decision": "approve", "comment": "LGTM"})
    assert first.status_code == 200, first.text
    RespondedDocument.model_validate(first.json())
    assert first.json()["state"] == "responded"
    assert first.json()["response"]["responder_id"] == desk.people["kim"].id

    second = await desk.lou.post(path, json={"decision": "reject"})
    assert second.status_code == 409
    assert second.headers["content-type"] == "application/problem+json"
    problem = second.json()
    ProblemDocument.model_validate(problem)
    assert problem["code"] == "already_decided"
    assert problem["current_state"] == "responded"
    assert problem["winner"]["actor_id"] == desk.people["kim"].id
    assert problem["winner"]["decision"] == "approve"

    found = await desk.read(opened["id"], min_version=first.json()["version"])
    assert found["state"] == "responded"
    assert found["outcome"] == "answered"
    assert found["responded_by"] == desk.people["kim"].id
    assert found["response"]["comment"] == "LGTM"
    assert found["responded_at"] == first.json()["response"]["responded_at"]


async def test_of_many_answers_at_once_exactly_one_is_taken(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}/respond"
    people = [desk.kim, desk.lou] * 8
    answers = await asyncio.gather(
        *(person.post(path, json={"decision": "approve"}) for person in people)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    winners = {a.json()["winner"]["actor_id"] for a in answers if a.status_code == 409}
    assert len(winners) == 1


async def test_a_key_makes_one_request_however_often_it_is_sent(desk: Desk) -> None:
    headers = {"Idempotency-Key": '"order-17"'}
    made = await asyncio.gather(
        *(desk.agent.post("/api/v1/requests", json=SEED, headers=headers) for _ in range(8))
    )
    bare = await desk.agent.post(
        "/api/v1/requests", json=SEED, headers={"Idempotency-Key": "order-17"}
    )
    assert {answer.status_code for answer in (*made, bare)} == {201}
    assert all(answer.json() == bare.json() for answer in made)


async def test_a_key_used_for_another_question_is_refused_by_the_writer_and_by_the_view(
    desk: Desk,
) -> None:
    headers = {"Idempotency-Key": "order-18"}
    other = SEED | {"title": "Something else"}
    first, second = await asyncio.gather(
        desk.agent.post("/api/v1/requests", json=SEED, headers=headers),
        desk.agent.post("/api/v1/requests", json=other, headers=headers),
    )
    assert sorted((first.status_code, second.status_code)) == [201, 422]
    opened = first if first.status_code == 201 else second
    await desk.read(opened.json()["id"])
    later = await desk.agent.post(
        "/api/v1/requests", json=SEED | {"title": "A third"}, headers=headers
    )
    assert later.status_code == 422
    assert later.json()["code"] == "key_reused"


async def test_a_keyed_opening_repeated_after_the_answer_is_answered_as_the_first_was(
    desk: Desk,
) -> None:
    headers = {"Idempotency-Key": "order-19"}
    first = await desk.agent.post("/api/v1/requests", json=SEED, headers=headers)
    request_id = first.json()["id"]
    done = await desk.kim.post(
        f"/api/v1/requests/{request_id}/respond", json={"decision": "approve"}
    )
    await desk.read(request_id, min_version=done.json()["version"])
    again = await desk.agent.post("/api/v1/requests", json=SEED, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"


async def test_the_same_key_of_two_agents_is_two_requests(desk: Desk, house: House) -> None:
    headers = {"Idempotency-Key": "shared"}
    async with house.client(await house.key(desk.tenant, "agents.other")) as other:
        one = await desk.agent.post("/api/v1/requests", json=SEED, headers=headers)
        two = await other.post("/api/v1/requests", json=SEED, headers=headers)
    assert one.json()["id"] != two.json()["id"]


async def test_a_keyed_answer_repeated_is_the_same_answer(desk: Desk) -> None:
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}/respond"
    send = {"json": {"decision": "approve"}, "headers": {"Idempotency-Key": "k1"}}
    first = await desk.kim.post(path, **send)
    again = await desk.kim.post(path, **send)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["response"] == first.json()["response"]
    assert again.headers["idempotency-replayed"] == "true"


async def test_an_answer_to_a_revision_that_was_not_seen_is_refused(desk: Desk) -> None:
    opened = await desk.ask()
    stale = await desk.kim.post(
        f"/api/v1/requests/{opened['id']}/respond",
        json={"decision": "approve", "revision": 1, "content_hash": "0" * 64},
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")


async def test_form_data_is_checked_before_it_is_taken(desk: Desk) -> None:
    form = {
        "type": "object",
        "properties": {"limit": {"type": "integer", "minimum": 1}},
        "required": ["limit"],
    }
    opened = await desk.ask(form=form)
    path = f"/api/v1/requests/{opened['id']}/respond"
    missing = await desk.kim.post(path, json={"decision": "approve"})
    wrong = await desk.kim.post(path, json={"decision": "approve", "data": {"limit": 0}})
    assert (missing.status_code, wrong.status_code) == (422, 422)
    assert wrong.json()["errors"][0]["pointer"] == "/data/limit"
    good = await desk.kim.post(path, json={"decision": "approve", "data": {"limit": 5}})
    assert good.status_code == 200
    found = await desk.read(opened["id"], min_version=good.json()["version"])
    assert found["response"]["data"] == {"limit": 5}


async def test_data_for_a_revision_that_the_view_has_not_yet_is_not_taken_unchecked(
    house: House, desk: Desk
) -> None:
    opened = await desk.ask(type="code_review")
    path = f"/api/v1/requests/{opened['id']}"
    sent_back = await desk.kim.post(
        f"{path}/respond", json={"decision": "request_changes", "comment": "With a limit."}
    )
    await desk.read(opened["id"], min_version=sent_back.json()["version"])
    form = {"properties": {"limit": {"type": "integer"}}, "required": ["limit"]}
    unfit = {"decision": "approve", "data": {"limit": "high"}, "revision": 2}
    blocker = await asyncpg.connect(house.settings.pg_dsn)
    try:
        async with (
            blocker.transaction(),
            house.client(house.token(desk.people["kim"]), patient=False) as kim,
        ):
            await blocker.execute("LOCK TABLE inbox.request IN SHARE MODE")
            revised = await desk.agent.post(f"{path}/revise", json={"form": form})
            assert (revised.status_code, revised.json()["revision"]) == (200, 2)
            waits = await kim.post(f"{path}/respond", json=unfit)
            assert (waits.status_code, waits.json()["code"]) == (503, "unavailable"), waits.text
            bare = await kim.post(f"{path}/respond", json={"decision": "approve", "revision": 2})
            assert (bare.status_code, bare.json()["code"]) == (422, "invalid"), bare.text
    finally:
        await blocker.close()
    refused = await desk.kim.post(f"{path}/respond", json=unfit)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/data/limit"


async def test_edited_content_comes_with_the_patch_that_makes_it(desk: Desk) -> None:
    opened = await desk.ask(context={"text": "old", "keep": 1})
    answered = await desk.kim.post(
        f"/api/v1/requests/{opened['id']}/respond",
        json={"decision": "approve", "edited": {"text": "new", "keep": 1}},
    )
    found = await desk.read(opened["id"], min_version=answered.json()["version"])
    assert found["response"]["edited"] == {"text": "new", "keep": 1}
    assert found["response"]["patch"] == [{"op": "replace", "path": "/text", "value": "new"}]
