"""What the front door says while a part behind it is away, and what it never says."""

from collections.abc import Callable
from typing import Any

import httpx

from api.rest.documents.problems import ProblemDocument
from api.rest.documents.requests import AcceptedDocument
from kernel.ids import new_id
from tests.support.eventually import eventually
from tests.support.front_door import SEED, Desk, front_door
from tests.support.servers import OwnBroker, OwnPostgres

NEEDING = {"type": "object", "required": ["limit"]}


async def test_without_a_reply_a_command_is_accepted_and_repeated_later(
    kafka: str, database: str, topic_prefix: str
) -> None:
    async with front_door(kafka, database, topic_prefix, deciding=False) as house:
        async with Desk.open(house) as desk:
            accepted = await desk.agent.post(
                "/api/v1/requests", json=SEED, headers={"Idempotency-Key": "k"}
            )
        assert accepted.status_code == 202
        AcceptedDocument.model_validate(accepted.json())
        request_id = accepted.json()["id"]
        assert accepted.headers["location"] == f"/api/v1/requests/{request_id}"
        assert accepted.headers["retry-after"]
        tenant, key = desk.tenant, await house.key(desk.tenant)
    async with front_door(kafka, database, topic_prefix) as house, house.client(key) as agent:
        again = await agent.post("/api/v1/requests", json=SEED, headers={"Idempotency-Key": "k"})
        assert (again.status_code, again.json()["id"]) == (201, request_id)
        assert (await agent.get(f"/api/v1/requests/{request_id}")).status_code == 200
        listed = await agent.get("/api/v1/requests")
        assert [item["id"] for item in listed.json()["items"]] == [request_id], tenant


async def test_without_kafka_no_command_is_taken_and_reads_go_on(
    own_broker: Callable[[], OwnBroker], database: str, topic_prefix: str
) -> None:
    broker = own_broker()
    async with (
        front_door(broker.address, database, topic_prefix) as house,
        Desk.open(house) as desk,
    ):
        opened = await desk.ask()
        await desk.read(opened["id"])
        broker.kill()
        refused = await desk.agent.post("/api/v1/requests", json=SEED)
        assert refused.status_code == 503
        ProblemDocument.model_validate(refused.json())
        assert refused.headers["retry-after"]
        assert (await desk.read(opened["id"]))["version"] == 1
        unknown = await desk.agent.get(f"/api/v1/requests/{new_id()}")
        assert unknown.status_code == 503
        assert (await desk.agent.get("/healthz")).status_code == 200


async def test_without_postgres_bare_answers_are_taken_and_reads_are_refused(
    own_postgres: Callable[[], OwnPostgres], kafka: str, topic_prefix: str
) -> None:
    postgres = own_postgres()
    async with front_door(kafka, postgres.dsn, topic_prefix) as house, Desk.open(house) as desk:
        plain, formed = await desk.ask(), await desk.ask(form=NEEDING)
        free = await desk.ask(form={"type": "object"})
        await desk.read(free["id"])
        for client in (desk.kim, desk.lou):
            await client.get("/api/v1/me")
        await desk.agent.get("/api/v1/kinds")
        postgres.kill()
        answered = await desk.kim.post(
            f"/api/v1/requests/{plain['id']}/respond", json={"decision": "approve"}
        )
        assert answered.status_code == 200, answered.text
        second = await desk.lou.post(
            f"/api/v1/requests/{plain['id']}/respond", json={"decision": "reject"}
        )
        assert (second.status_code, second.json()["code"]) == (409, "already_decided")
        with_data = await desk.kim.post(
            f"/api/v1/requests/{formed['id']}/respond",
            json={"decision": "approve", "data": {"limit": 1}},
        )
        assert with_data.status_code == 503

        async def bare(asked: dict[str, Any], decision: str) -> httpx.Response:
            return await desk.kim.post(
                f"/api/v1/requests/{asked['id']}/respond", json={"decision": decision}
            )

        lacking = await bare(formed, "approve")
        assert lacking.status_code == 422, lacking.text
        assert ProblemDocument.model_validate(lacking.json()).code == "invalid"
        assert "answer with data" in lacking.json()["detail"]
        assert (await bare(formed, "reject")).status_code == 200
        assert (await bare(free, "approve")).status_code == 200
        opened = await desk.agent.post(
            "/api/v1/requests", json=SEED, headers={"Idempotency-Key": "while-away"}
        )
        assert opened.status_code == 201, opened.text
        for path in ("", f"/{plain['id']}", f"/{plain['id']}/history"):
            read = await desk.agent.get(f"/api/v1/requests{path}")
            assert (read.status_code, read.json()["code"]) == (503, "unavailable")
        postgres.start()

        async def seen() -> bool:
            read = await desk.agent.get(f"/api/v1/requests/{opened.json()['id']}")
            return read.status_code == 200

        await eventually(seen, within_seconds=60)
