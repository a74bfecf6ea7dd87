"""Many at once: limits, fairness, slow statements, and a front door that stops in good order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import httpx
import pytest
import pytest_asyncio

from api.errors import Saturated
from api.wiring import POOL_SIZE
from kernel.tenancy import tenant_now
from tests.support.eventually import eventually
from tests.support.front_door import SEED, Desk, House, front_door
from tests.support.served import served

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL = {
    "calls_per_second_per_key": 20,
    "calls_per_second_per_tenant": 30,
    "calls_at_once": 40,
    "calls_at_once_per_tenant": 10,
    "commands_at_once_per_tenant": 2,
    "watchers_at_once": 6,
    "watchers_at_once_per_tenant": 3,
    "statement_seconds": 1,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(kafka: str, module_database: str, module_topic_prefix: str) -> AsyncIterator[House]:
    async with front_door(kafka, module_database, module_topic_prefix, **SMALL) as made:
        yield made


async def test_every_answer_tells_what_is_left_and_too_many_calls_are_told_when_to_come_back(
    house: House,
) -> None:
    async with Desk.open(house) as desk, Desk.open(house) as quiet:
        answers = [await desk.agent.get("/api/v1/me") for _ in range(205)]
        assert "r=199;t=" in answers[0].headers["ratelimit"]
        assert answers[0].headers["ratelimit-policy"] == '"key";q=200;w=10, "tenant";q=300;w=10'
        refused = answers[-1]
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
        assert int(refused.headers["retry-after"]) >= 1
        assert '"key";r=0' in refused.headers["ratelimit"]
        assert (await desk.kim.get("/api/v1/me")).status_code == 200
        assert (await quiet.agent.get("/api/v1/me")).status_code == 200


async def test_one_tenants_flood_is_bounded_and_another_is_served(house: House) -> None:
    async with Desk.open(house) as flood, Desk.open(house) as quiet:
        assert (await flood.agent.get("/api/v1/me")).status_code == 200
        flooding = [
            asyncio.create_task(flood.agent.post("/api/v1/requests", json=SEED)) for _ in range(30)
        ]
        opened = await quiet.agent.post("/api/v1/requests", json=SEED)
        assert opened.status_code == 201
        statuses = [answer.status_code for answer in await asyncio.gather(*flooding)]
        assert set(statuses) == {201, 429}
        assert statuses.count(201) >= SMALL["calls_at_once_per_tenant"]
        metrics = (await quiet.agent.get("/metrics")).text
        assert 'handraise_calls_under_way{room="calls"} 0.0' in metrics


async def test_waiting_calls_have_places_of_their_own(house: House) -> None:
    async with Desk.open(house) as desk:
        opened = await desk.ask()
        await desk.read(opened["id"])
        path = f"/api/v1/requests/{opened['id']}/wait"
        waiting = [
            asyncio.create_task(desk.agent.get(path, params={"timeout_seconds": 60}))
            for _ in range(4)
        ]
        done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result().status_code for task in done} == {429}
        assert len(left) == SMALL["watchers_at_once_per_tenant"]
        await desk.kim.post(f"/api/v1/requests/{opened['id']}/respond", json={"decision": "reject"})
        assert {task.result().json()["done"] for task in (await asyncio.wait(left))[0]} == {True}


async def test_a_statement_that_takes_too_long_is_given_up(house: House) -> None:
    async with Desk.open(house) as desk:
        await desk.ask()
        blocker = await asyncpg.connect(house.settings.pg_dsn)
        try:
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE inbox.request IN ACCESS EXCLUSIVE MODE")
                refused = await desk.agent.get("/api/v1/requests")
                assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
                assert refused.headers["retry-after"]
                assert (await desk.agent.get("/api/v1/me")).status_code == 200
        finally:
            await blocker.close()
        assert (await desk.agent.get("/api/v1/requests")).status_code == 200


async def test_slow_reads_of_one_tenant_leave_connections_to_others(house: House) -> None:
    async with Desk.open(house) as flood, Desk.open(house) as quiet:
        for desk in (flood, quiet):
            await desk.agent.get("/api/v1/me")

        async def slow() -> None:
            tenant_now.set(flood.tenant)
            with suppress(asyncpg.QueryCanceledError, Saturated):
                await house.door.pool.fetch("SELECT count(*) FROM inbox.policy")

        blocker = await asyncpg.connect(house.settings.pg_dsn)
        try:
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE inbox.policy IN ACCESS EXCLUSIVE MODE")
                slowly = [asyncio.create_task(slow()) for _ in range(POOL_SIZE * 2)]
                answer = await quiet.agent.get("/api/v1/requests")
                assert answer.status_code == 200
                assert not any(task.done() for task in slowly)
        finally:
            await blocker.close()
        await asyncio.gather(*slowly)


async def test_a_front_door_that_is_told_to_stop_finishes_what_it_has_begun(
    kafka: str, database: str, topic_prefix: str
) -> None:
    async with front_door(kafka, database, topic_prefix) as house, Desk.open(house) as desk:
        key = await house.key(desk.tenant)
        opened = await desk.ask()
        await desk.read(opened["id"])
        async with served(house, drain_seconds=1) as place, place.client(key) as client:
            path = f"/api/v1/requests/{opened['id']}/wait"
            waiting = asyncio.create_task(client.get(path, params={"timeout_seconds": 60}))
            streaming = asyncio.create_task(_whole_stream(client))

            async def all_wait() -> bool:
                text = (await desk.agent.get("/metrics")).text
                return "handraise_watchers 1.0" in text and "handraise_streams 1.0" in text

            await eventually(all_wait)
            assert place.readiness.ready
            place.serving.cancel()
            opening = [
                asyncio.create_task(
                    client.post(
                        "/api/v1/requests", json=SEED, headers={"Idempotency-Key": f"k{number}"}
                    )
                )
                for number in range(5)
            ]
            waited = await waiting
            assert (waited.status_code, waited.json()["done"]) == (200, False)
            assert b"id: 1-" in await streaming
            assert not place.readiness.ready
            answers = await asyncio.gather(*opening)
            assert {answer.status_code for answer in answers} == {201}
            await asyncio.wait([place.serving])
            with pytest.raises(httpx.HTTPError):
                await client.get("/readyz")
        for answer in answers:
            await desk.read(answer.json()["id"])
        listed = await desk.agent.get("/api/v1/requests")
        found = {item["id"] for item in listed.json()["items"]}
        assert found == {opened["id"], *(answer.json()["id"] for answer in answers)}


async def _whole_stream(client: httpx.AsyncClient) -> bytes:
    async with client.stream("GET", "/api/v1/stream") as answer:
        return b"".join([piece async for piece in answer.aiter_bytes()])
