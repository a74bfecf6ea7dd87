"""What happens is streamed as it happens, and goes on where a connection broke off."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio

import api.following
from api.live.place import Place, read_place
from api.rest.documents.requests import ListedDocument
from api.wiring import build
from deploy.bootstrap import bootstrap
from kernel.settings import Settings
from projections.inbox.changes import KEPT_FOR
from tests.support.front_door import Desk, House, front_door
from tests.support.parts import running
from tests.support.served import Served, served
from tests.support.sse import following

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(house: House) -> AsyncIterator[Served]:
    async with served(house) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def client(place: Served, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with place.client(await desk.house.key(desk.tenant)) as made:
        yield made


async def test_each_change_is_told_with_where_the_request_stands(
    client: httpx.AsyncClient, desk: Desk
) -> None:
    async with following(client) as events:
        assert events.answer.headers["content-type"].startswith("text/event-stream")
        assert events.answer.headers["cache-control"] == "no-store"
        await events.next("")
        opened = await desk.ask(title="Streamed?")
        told = await events.next("request")
        ListedDocument.model_validate(told.data)
        assert (told.data["id"], told.data["title"]) == (opened["id"], "Streamed?")
        await desk.kim.post(f"/api/v1/requests/{opened['id']}/respond", json={"decision": "reject"})
        answered = await events.next("request")
        assert answered.data["outcome"] == "answered"
        assert answered.data["version"] > told.data["version"]


async def test_nothing_of_another_tenant_is_told(
    house: House, client: httpx.AsyncClient, desk: Desk
) -> None:
    async with Desk.open(house) as other, following(client) as events:
        await events.next("")
        theirs = await other.ask()
        await other.read(theirs["id"])
        ours = await desk.ask()
        assert (await events.next("request", "reset")).data["id"] == ours["id"]
    async with following(client, "1-0-0-0-0".replace("-0", "-1", 1)) as events:
        assert (await events.next("request", "reset")).name == "reset"


async def test_what_happened_meanwhile_is_told_first(client: httpx.AsyncClient, desk: Desk) -> None:
    async with following(client) as events:
        left_at = (await events.next("")).id
    missed = [await desk.ask(title=f"Missed {number}") for number in range(5)]
    for opened in missed:
        await desk.read(opened["id"])
    async with following(client, left_at) as events:
        told = [await events.next("request", "reset") for _ in missed]
        assert {event.data["id"] for event in told} == {opened["id"] for opened in missed}
        half = told[2].id
        live = await desk.ask(title="Live")
        assert (await events.next("request")).data["id"] == live["id"]
    async with following(client, half) as events:
        again = [await events.next("request") for _ in range(3)]
    expected = {event.data["id"] for event in told[3:]} | {live["id"]}
    assert {event.data["id"] for event in again} == expected


async def test_an_id_of_another_tenant_gives_nothing_of_theirs(
    house: House, place: Served, client: httpx.AsyncClient, desk: Desk
) -> None:
    async with following(client) as events:
        left_at = (await events.next("")).id
    theirs = await desk.ask()
    await desk.read(theirs["id"])
    async with Desk.open(house) as other:
        them = place.client(await house.key(other.tenant))
        async with them, following(them, left_at) as events:
            own = await other.ask()
            assert (await events.next("request", "reset")).data["id"] == own["id"]


async def test_the_stream_goes_on_over_a_restart_of_the_front_door(
    kafka: str, database: str, topic_prefix: str
) -> None:
    async with (
        front_door(kafka, database, topic_prefix) as house,
        served(house) as place,
        Desk.open(house) as desk,
    ):
        key = await house.key(desk.tenant)
        async with place.client(key) as client, following(client) as events:
            await events.next("")
            await desk.ask()
            left_at = (await events.next("request")).id
        missed = await desk.ask()
        await desk.read(missed["id"])
    async with (
        front_door(kafka, database, topic_prefix) as house,
        served(house) as place,
        place.client(key) as client,
        following(client, left_at) as events,
    ):
        assert (await events.next("request", "reset")).data["id"] == missed["id"]


async def test_who_was_away_too_long_is_told_to_read_the_list(
    house: House, client: httpx.AsyncClient, desk: Desk
) -> None:
    live = house.door.live.place
    long_ago = Place(live.offsets, house.door.clock() - KEPT_FOR)
    elsewhere = Place({p: offset + 10**6 for p, offset in live.offsets.items()}, live.at)
    for id_ in (long_ago.text(), elsewhere.text(), "none-of-ours", "1-0"):
        async with following(client, id_) as events:
            reset = await events.next("reset", "request")
            assert reset.name == "reset"
            opened = await desk.ask()
            assert (await events.next("request")).data["id"] == opened["id"]
        async with following(client, reset.id) as events:
            assert (await events.next("request", "reset")).data["id"] == opened["id"]


async def test_who_missed_too_much_is_told_to_read_the_list(
    house: House, client: httpx.AsyncClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.following, "MAX_MISSED", 0)
    opened = await desk.ask()
    await desk.read(opened["id"])
    live = house.door.live.place
    behind = Place({p: offset - 1 for p, offset in live.offsets.items()}, live.at)
    async with following(client, behind.text()) as events:
        assert (await events.next("reset", "request")).name == "reset"


async def test_a_quiet_stream_shows_signs_of_life(
    client: httpx.AsyncClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.following, "BEAT_SECONDS", 0.05)
    async with following(client) as events:
        assert [(await events.next("")).id[:2] for _ in range(3)] == ["1-"] * 3, desk.tenant


async def test_a_stream_ends_when_its_key_is_revoked(
    place: Served, house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.following, "BEAT_SECONDS", 0.05)
    key = await house.key(desk.tenant)
    async with place.client(key) as client, following(client) as events:
        await events.next("")
        await house.door.directory.keys.revoke(desk.tenant, key.split("_")[1])
        with pytest.raises(EOFError):
            await events.next("request")


async def test_a_key_that_may_not_read_does_not_listen(house: House, desk: Desk) -> None:
    from kernel.directory.principals import Ability  # noqa: PLC0415

    async with house.client(await house.key(desk.tenant, "asker", (Ability.ASK,))) as asker:
        assert (await asker.get("/api/v1/stream")).status_code == 403
    async with house.client() as nobody:
        assert (await nobody.get("/api/v1/stream")).status_code == 401


async def test_a_place_from_a_moment_ago_is_no_place_from_long_ago(house: House) -> None:
    assert house.door.clock() - house.door.live.place.at < timedelta(minutes=1)


async def test_a_stream_goes_on_that_began_before_the_view_had_read_anything(
    kafka: str, database: str, topic_prefix: str
) -> None:
    settings = Settings(
        kafka=kafka, pg_dsn=database, topic_prefix=topic_prefix, partitions=3, local=True
    )
    await bootstrap(settings)
    door, readiness, parts = await build(settings)
    try:
        async with running(parts, readiness):
            left_at = read_place(door.live.place.text(), settings.partitions)
            assert left_at is not None
            assert left_at.offsets == {0: -1, 1: -1, 2: -1}
    finally:
        await door.close()
