"""While a view is behind the log: nothing is decided from it that the caller knows better."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.app import make_app
from api.identity.leaving import Leaving
from kernel.clock import utc_now
from kernel.directory.people import Person
from kernel.directory.principals import Role
from kernel.service import Readiness
from projections.inbox.queries import InboxQueries
from tests.integration.test_api_pages import HERE, hidden, sign_in
from tests.integration.test_hooks_answer_links import link, pressed, read
from tests.support.eventually import eventually
from tests.support.front_door import PASSWORD, Desk, House
from tests.support.lagging import held_up

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEHIND = 503


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def rae(desk: Desk) -> Person:
    return await desk.house.person(desk.tenant, "rae", password=PASSWORD)


@pytest_asyncio.fixture(loop_scope="module")
async def browser(house: House, rae: Person) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is told at once what came of a call, and never asks twice."""
    async with house.client(patient=False) as client:
        await sign_in(client, rae)
        yield client


async def answered(desk: Desk, request_id: str, decision: str = "approve") -> dict[str, Any]:
    done = await desk.kim.post(
        f"/api/v1/requests/{request_id}/respond",
        json={"decision": decision, "comment": "So it is."},
    )
    assert done.status_code == 200, done.text
    return done.json()


async def asked(desk: Desk, **fields: Any) -> dict[str, Any]:
    """A question that the view has."""
    opened = await desk.ask(**fields)
    return await desk.read(opened["id"])


async def filled(
    browser: httpx.AsyncClient, request_id: str, decision: str, comment: str
) -> dict[str, str]:
    """The form on a request's page, filled in."""
    form = hidden(await browser.get(f"/requests/{request_id}"))
    return form | {"decision": decision, "comment": comment, "confirmed": decision}


async def test_a_rule_is_not_refused_for_an_answer_that_the_view_lacks(
    house: House, desk: Desk
) -> None:
    found = await asked(desk)
    in_a_day = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"pointers": [""], "valid_until": in_a_day}
    path = f"/api/v1/requests/{found['id']}/standing-rule"
    async with house.client(house.token(desk.people["lee"]), patient=False) as lee:
        async with held_up(house.settings.pg_dsn):
            await answered(desk, found["id"])
            early = await lee.post(path, json=body)
            assert (early.status_code, early.json()["code"]) == (BEHIND, "unavailable"), early.text

        async def made() -> bool:
            return (await lee.post(path, json=body)).status_code == 201

        await eventually(made)


async def test_a_link_that_is_newer_than_the_view_is_not_told_that_the_question_has_changed(
    house: House, desk: Desk
) -> None:
    found = await asked(desk, type="code_review")
    wished = await answered(desk, found["id"], "request_changes")
    await desk.read(found["id"], min_version=wished["version"])
    async with house.client(patient=False) as browser:
        async with held_up(house.settings.pg_dsn):
            revised = await desk.agent.post(
                f"/api/v1/requests/{found['id']}/revise", json={"title": "Better?"}
            )
            assert revised.status_code == 200, revised.text
            path = await link(desk, found, revision=revised.json()["revision"])
            early = await browser.get(path)
            assert early.status_code == BEHIND, early.text
            assert early.headers["refresh"]

        async def shown() -> bool:
            return "Better?" in (await browser.get(path)).text

        await eventually(shown)


async def test_a_link_whose_answer_comes_second_says_who_was_first_while_the_view_lags(
    house: House, desk: Desk
) -> None:
    found = await asked(desk)
    path = await link(desk, found, "lou")
    async with house.client(patient=False) as browser:
        sure = await pressed(browser, path, "approve")
        async with held_up(house.settings.pg_dsn):
            await answered(desk, found["id"])
            told = await browser.post(path, data=read(sure).fields | {"sure": "yes"}, headers=HERE)
    assert told.status_code == 409
    assert "Kim was first: approve" in told.text


async def test_an_answer_that_comes_second_keeps_its_text_and_says_who_was_first(
    house: House, desk: Desk, browser: httpx.AsyncClient
) -> None:
    found = await asked(desk)
    form = await filled(browser, found["id"], "reject", "many words of mine")
    async with held_up(house.settings.pg_dsn):
        await answered(desk, found["id"])
        told = await browser.post(f"/requests/{found['id']}/respond", data=form, headers=HERE)
    assert told.status_code == 409
    assert "Kim was first: approve" in told.text
    assert "many words of mine" in told.text


async def test_a_comment_that_comes_too_late_is_still_there_while_the_view_lags(
    house: House, desk: Desk, browser: httpx.AsyncClient
) -> None:
    found = await asked(desk)
    form = hidden(await browser.get(f"/requests/{found['id']}"))
    async with held_up(house.settings.pg_dsn):
        await answered(desk, found["id"])
        path = f"/requests/{found['id']}/do/claim"
        told = await browser.post(path, data=form, headers=HERE)
    assert told.status_code == 409
    assert "Kim was first: approve" in told.text


async def test_what_was_just_answered_never_follows_as_the_next(
    house: House, desk: Desk, browser: httpx.AsyncClient
) -> None:
    first, second = await asked(desk), await asked(desk)
    forms = {one["id"]: await filled(browser, one["id"], "approve", "") for one in (first, second)}
    async with held_up(house.settings.pg_dsn):
        for one in (first, second):
            sent = await browser.post(
                f"/requests/{one['id']}/respond", data=forms[one["id"]], headers=HERE
            )
            assert sent.status_code == 303, sent.text
            path = sent.headers["location"]
            assert path.startswith(f"/requests/{one['id']}?told=taken"), path
            early = await browser.get(path)
            assert early.status_code == BEHIND
            assert "Your answer was taken" in early.text
            assert early.headers["refresh"]

    async def shown() -> bool:
        return "Your answer was taken" in (await browser.get(path)).text

    await eventually(shown)


async def test_a_page_says_that_what_was_just_said_is_not_listed_yet(
    house: House, desk: Desk, browser: httpx.AsyncClient
) -> None:
    found = await asked(desk)
    form = hidden(await browser.get(f"/requests/{found['id']}"))
    async with held_up(house.settings.pg_dsn, "history"):
        said = await browser.post(
            f"/requests/{found['id']}/do/comment",
            data=form | {"text": "Look at line 7"},
            headers=HERE,
        )
        assert said.status_code == 303, said.text

        async def drawn() -> httpx.Response | None:
            page = await browser.get(said.headers["location"])
            return page if page.status_code == 200 else None

        page = await eventually(drawn)
        assert page is not None
        assert "Look at line 7" not in page.text
        assert "is not listed here yet" in page.text

    async def listed() -> bool:
        page = await browser.get(f"/requests/{found['id']}")
        return "Look at line 7" in page.text and "is not listed here yet" not in page.text

    await eventually(listed)


async def test_a_departure_is_not_done_while_the_view_can_not_tell_what_was_held(
    house: House, desk: Desk
) -> None:
    ada = await house.person(desk.tenant, "ada", (Role.ADMIN,))
    kim, found, door = desk.people["kim"], await asked(desk), house.door
    inbox = InboxQueries(door.past, cursor_key=bytes(32))
    worker = Leaving(
        door.directory, inbox, door.commands, door.log_ends, utc_now, settled=timedelta(0)
    )

    async def done() -> bool:
        while await worker.work_off_one():
            pass
        return await door.past.fetchval(
            "SELECT done_at IS NOT NULL FROM directory.departures WHERE tenant = $1", desk.tenant
        )

    async with held_up(house.settings.pg_dsn):
        claimed = await desk.kim.post(f"/api/v1/requests/{found['id']}/claim")
        assert claimed.status_code == 200, claimed.text
        async with house.client(house.token(ada)) as admin:
            await admin.patch(f"/api/v1/people/{kim.id}", json={"is_active": False})
        assert not await done()
    await eventually(done)
    assert (await desk.read(found["id"]))["assigned_to"] is None


async def test_who_goes_away_gives_back_what_the_view_does_not_show_yet(
    house: House, desk: Desk
) -> None:
    found, kim = await asked(desk), desk.people["kim"]
    now = datetime.now(UTC)
    absence = {
        "begins_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
        "substitute": desk.people["lou"].id,
    }
    body = {"absence": absence, "give_back": True}
    async with house.client(house.token(kim), patient=False) as client:
        async with held_up(house.settings.pg_dsn):
            await client.post(f"/api/v1/requests/{found['id']}/claim")
            early = await client.put("/api/v1/me/absence", json=body)
            assert early.status_code == BEHIND, early.text

        async def given_back() -> int:
            said = await client.put("/api/v1/me/absence", json=body)
            return said.status_code == 200 and said.json()["given_back"]

        assert await eventually(given_back) == 1


async def test_an_export_does_not_end_before_what_the_history_lacks(
    house: House, desk: Desk
) -> None:
    ana = await house.person(desk.tenant, "ana", (Role.ANALYST,))
    later = replace(house.door, clock=lambda: utc_now() + timedelta(minutes=1))
    in_a_minute = House(house.settings, later, make_app(later, Readiness()))
    async with in_a_minute.client(house.token(ana), patient=False) as client:
        async with held_up(house.settings.pg_dsn, "history"):
            opened = await desk.ask()
            for query in ({}, {"request_id": opened["id"]}):
                early = await client.get("/api/v1/export", params=query)
                assert early.status_code == BEHIND, early.text

        async def told() -> bool:
            return opened["id"] in (await client.get("/api/v1/export")).text

        await eventually(told)
