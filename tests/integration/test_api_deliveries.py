"""Callbacks that did not get through, as the operators of a tenant see to them over the API."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest
import pytest_asyncio

from kernel.directory.principals import Role
from kernel.ids import new_id
from kernel.outbound.delivery import Delivery, Standing
from kernel.outbound.host import EventService
from kernel.outbound.redriving import Which, stuck_callbacks
from kernel.outbound.resolver import Reach
from kernel.outbound.store import Database, DeliveryStore
from kernel.secrets import Keyring
from kernel.service import Readiness
from services.callback_svc.plan import SERVICE
from services.callback_svc.redrive import run
from services.callback_svc.wiring import build
from tests.support.eventually import eventually
from tests.support.front_door import Desk, House
from tests.support.parts import running
from tests.unit.outbound.deliveries import delivery
from tests.unit.outbound.receiver import answers, receiving

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADDRESS = "/api/v1/deliveries"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        yield made


async def operator_of(desk: Desk, role: Role = Role.OPERATOR) -> httpx.AsyncClient:
    house = desk.house
    person = await house.person(desk.tenant, f"olga-{role}", (role,))
    return house.client(house.token(person))


async def failed_in(desk: Desk, **over: Any) -> Delivery:
    made = delivery(tenant=desk.tenant, **over).settled(Standing.FAILED, "503: busy")
    await DeliveryStore(Database(desk.house.door.past), SERVICE, "w1").insert([made], [])
    return made


async def test_exhausted_callbacks_are_listed_page_by_page(desk: Desk) -> None:
    made = [await failed_in(desk) for _ in range(3)]
    async with await operator_of(desk) as olga:
        first = (await olga.get(ADDRESS, params={"limit": 2})).json()
        second = (await olga.get(ADDRESS, params={"cursor": first["next_cursor"]})).json()
    seen = [one["id"] for one in first["items"] + second["items"]]
    assert seen == [one.id for one in reversed(made)]
    assert second["next_cursor"] is None
    assert {(one["state"], one["error"]) for one in first["items"]} == {("exhausted", "503: busy")}
    assert first["items"][0]["webhook_id"] == made[2].event_id


async def test_one_is_set_going_again_by_an_operator_once(desk: Desk) -> None:
    made = await failed_in(desk)
    async with await operator_of(desk) as olga:
        again = await olga.post(f"{ADDRESS}/{made.id}/redrive")
        twice = await olga.post(f"{ADDRESS}/{made.id}/redrive")
        waiting = (await olga.get(ADDRESS, params={"state": "pending"})).json()
        me = (await olga.get("/api/v1/me")).json()
    assert (again.status_code, again.json()) == (200, {"id": made.id, "state": "pending"})
    assert (twice.status_code, twice.json()["code"]) == (409, "wrong_state")
    (one,) = waiting["items"]
    assert (one["id"], one["redriven_by"]) == (made.id, me["id"])


async def test_many_are_set_going_again_by_what_they_have_in_common(desk: Desk) -> None:
    for _ in range(3):
        await failed_in(desk, target="https://a.example/")
    other = await failed_in(desk, target="https://b.example/")
    async with await operator_of(desk, Role.ADMIN) as ada:
        wanted = {"webhook_url": "https://a.example/", "limit": 2}
        first = (await ada.post(f"{ADDRESS}/redrive", json=wanted)).json()
        second = (await ada.post(f"{ADDRESS}/redrive", json=wanted)).json()
        rest = (await ada.get(ADDRESS)).json()
    assert (first, second) == ({"redriven": 2, "more": True}, {"redriven": 1, "more": False})
    assert [one["id"] for one in rest["items"]] == [other.id]


async def test_nobody_but_operators_and_administrators_sees_to_them(desk: Desk) -> None:
    made = await failed_in(desk)
    for client in (desk.agent, desk.kim, desk.lee):
        assert (await client.get(ADDRESS)).status_code == 403
        assert (await client.post(f"{ADDRESS}/redrive", json={})).status_code == 403
        assert (await client.post(f"{ADDRESS}/{made.id}/redrive")).status_code == 403
    async with desk.house.client() as nobody:
        assert (await nobody.post(f"{ADDRESS}/{made.id}/redrive")).status_code == 401
    assert len(await stuck_callbacks(desk.house.door.past, Which(tenant=desk.tenant))) == 1


async def test_another_tenants_callbacks_are_not_there(house: House, desk: Desk) -> None:
    made = await failed_in(desk)
    async with Desk.open(house) as other, await operator_of(other) as olga:
        assert (await olga.get(ADDRESS)).json()["items"] == []
        assert (await olga.get(ADDRESS, params={"request_id": "req-1"})).json()["items"] == []
        there = await olga.post(f"{ADDRESS}/{made.id}/redrive")
        nowhere = await olga.post(f"{ADDRESS}/{new_id()}/redrive")
        assert (await olga.post(f"{ADDRESS}/redrive", json={})).json()["redriven"] == 0
    assert (there.status_code, there.json()["code"]) == (404, "unknown")
    assert nowhere.status_code == 404


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"cursor": "nonsense"}, {"limit": 0}),
        ({"cursor": "MjAyNn5u"}, {"since": "yesterday"}),
        ({"state": "delivered"}, {"tenant": "other"}),
        ({"limit": "201"}, {"limit": 1001}),
        ({"tenant": "other"}, {"webhook_url": "\0"}),
        ({"request_id": "\0"}, {"request_id": 7}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    desk: Desk, query: dict[str, str], body: dict[str, Any]
) -> None:
    async with await operator_of(desk) as olga:
        listed = await olga.get(ADDRESS, params=query)
        redriven = await olga.post(f"{ADDRESS}/redrive", json=body)
    assert (listed.status_code, redriven.status_code) == (422, 422)


async def test_the_command_line_lists_and_sends_again(desk: Desk) -> None:
    made = await failed_in(desk)
    which, settings = Which(tenant=desk.tenant), desk.house.settings
    listed = await run(settings, which, None)
    assert made.target in listed[0]
    assert "Nothing was sent" in listed[-1]
    assert await run(settings, which, "olga") == ["1 callbacks are sent again"]
    assert await run(settings, which, "olga") == ["0 callbacks are sent again"]


async def test_a_callback_that_gets_through_in_the_end_completes_its_request(
    house: House, desk: Desk
) -> None:
    settings = house.settings
    make = partial(build, keyring=Keyring.of(settings), reach=Reach.of(settings))
    ready = Readiness()
    service = EventService(settings, SERVICE, make, ready)
    async with receiving(answers("410 Gone")) as receiver, running([service], ready):
        asked = await desk.ask(callback_webhook=receiver.url, callback_secret="correct horse")
        where = f"/api/v1/requests/{asked['id']}"
        answered = await desk.kim.post(f"{where}/respond", json={"decision": "approve"})
        assert answered.status_code == 200

        async def fared(status: str) -> dict[str, Any] | None:
            found = await desk.read(asked["id"])
            return found if found["callback_status"] == status else None

        failed = await eventually(partial(fared, "failed"))
        assert failed is not None
        assert failed["state"] == "responded"
        receiver.script = answers("200 OK")
        async with await operator_of(desk) as olga:
            (stuck,) = (await olga.get(ADDRESS)).json()["items"]
            again = await olga.post(f"{ADDRESS}/{stuck['id']}/redrive")
            assert again.status_code == 200
        sent = await eventually(partial(fared, "sent"))
    assert sent is not None
    assert sent["state"] == "completed"
    assert len({(one.headers["webhook-id"], one.body) for one in receiver.came}) == 1
    assert len(receiver.came) == 2
    history = (await desk.agent.get(f"{where}/history")).json()["items"]
    assert [one["event"] for one in history][-3:] == ["CallbackFailed", "CallbackSent", "Completed"]
    (log,) = (await desk.agent.get(f"{where}/deliveries")).json()["items"]
    assert [one["status_code"] for one in log["attempts"]] == [410, 200]
    assert log["attempts"][0]["request_headers"]["webhook-signature"] == "v1,***"
