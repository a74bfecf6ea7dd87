"""Calendars, rotas, absences, skills, forwards and the simulator, over HTTP and in a browser."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from api.rest.examples.duty import DUTY_BODIES
from kernel.calendars import Calendar
from kernel.directory.principals import Role
from tests.support.browser import PHONE, barriers, screenshot, scrolls_sideways
from tests.support.front_door import Desk
from tests.support.queue_desk import Counter

pytestmark = pytest.mark.asyncio(loop_scope="module")
OFFICE = DUTY_BODIES[Calendar]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def counter(counter: Counter) -> Counter:
    desk = counter.desk
    await desk.house.door.directory.tenants.create_team(tenant=desk.tenant, name="payments")
    return counter


@pytest.fixture
def desk(counter: Counter) -> Desk:
    return counter.desk


def absence(desk: Desk, substitute: str | None, hours: float = 5) -> dict[str, Any]:
    now = desk.house.door.clock()
    return {
        "begins_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=hours)).isoformat(),
        "substitute": substitute and desk.people[substitute].id,
    }


async def test_leads_keep_calendars_and_everybody_reads_them(desk: Desk) -> None:
    put = await desk.lee.put("/api/v1/calendars/berlin", json=OFFICE)
    assert put.status_code == 200, put.text
    assert (await desk.kim.put("/api/v1/calendars/berlin", json=OFFICE)).status_code == 403
    read = await desk.kim.get("/api/v1/calendars/berlin")
    assert read.json() == put.json()
    assert [one["name"] for one in (await desk.kim.get("/api/v1/calendars")).json()["items"]] == [
        "berlin"
    ]
    assert (await desk.kim.get("/api/v1/calendars/mars")).status_code == 404
    closed = await desk.lee.put("/api/v1/calendars/berlin", json={**OFFICE, "weekly": {}})
    assert closed.status_code == 422
    for name in ("Berlin", "always", "x" * 60):
        assert (await desk.lee.put(f"/api/v1/calendars/{name}", json=OFFICE)).status_code == 422


async def test_a_kind_that_counts_by_a_calendar_sets_its_deadline_by_it(desk: Desk) -> None:
    weekly = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    office = {**OFFICE, "weekly": weekly, "holidays": [], "overrides": {}}
    assert (await desk.lee.put("/api/v1/calendars/allday", json=office)).status_code == 200
    kind = {
        "kind": "by_office",
        "title": "By the office",
        "decisions": [{"name": "approve", "means": "approve"}],
        "deadline": {"after": "8h", "business": "allday"},
    }
    directory = desk.house.door.directory
    await directory.kinds.put(desk.tenant, "by_office", kind, by="test")
    made = await desk.agent.post("/api/v1/requests", json={"type": "by_office", "title": "?"})
    assert made.status_code == 201, made.text
    shown = await desk.read(made.json()["id"])
    assert shown["timeout_at"] is not None
    elsewhere = {**kind, "deadline": {"after": "8h", "business": "mars"}}
    await directory.kinds.put(desk.tenant, "by_office", elsewhere, by="test")
    lost = await desk.agent.post("/api/v1/requests", json={"type": "by_office", "title": "?"})
    assert lost.status_code == 422
    assert "mars" in lost.text


async def test_rotas_say_who_is_on_call_and_name_only_people_of_the_tenant(desk: Desk) -> None:
    people = [desk.people[name].id for name in ("kim", "lou")]
    rota = {"zone": "UTC", "people": people, "starts": "2026-01-01T00:00", "turn": "500w"}
    put = await desk.lee.put("/api/v1/on-call/payments", json=rota)
    assert put.status_code == 200, put.text
    assert put.json()["on_call_now"] == people[0]
    assert (await desk.lou.get("/api/v1/on-call")).json()["items"] == [put.json()]
    strange = await desk.lee.put("/api/v1/on-call/payments", json={**rota, "people": ["nobody"]})
    assert strange.status_code == 422
    assert (await desk.lee.put("/api/v1/on-call/nowhere", json=rota)).status_code == 422
    assert (await desk.kim.get("/api/v1/on-call/nowhere")).status_code == 404


async def test_who_goes_away_gives_back_what_they_hold_and_is_passed_over(desk: Desk) -> None:
    held = (await desk.ask())["id"]
    assert (await desk.kim.post(f"/api/v1/requests/{held}/claim")).status_code == 200
    away = {"absence": absence(desk, "lou"), "give_back": True}
    await desk.read(held, min_version=2)
    put = await desk.kim.put("/api/v1/me/absence", json=away)
    assert put.status_code == 200, put.text
    assert put.json()["given_back"] == 1
    assert (await desk.read(held, min_version=3))["assigned_to"] is None
    others = await desk.lee.get("/api/v1/absences")
    assert [one["person"] for one in others.json()["items"]] == [desk.people["kim"].id]
    back = {"absence": absence(desk, "kim")}
    circle = await desk.lou.put("/api/v1/me/absence", json=back)
    assert circle.status_code == 422
    assert "/substitute" in circle.text
    past = await desk.lou.put("/api/v1/me/absence", json={"absence": absence(desk, None, -0.5)})
    assert past.status_code == 422
    forwarded = await desk.lee.post(
        f"/api/v1/requests/{held}/forward",
        json={"person": desk.people["kim"].id, "note": "You know it."},
    )
    assert forwarded.status_code == 200, forwarded.text
    assert forwarded.json()["assigned_to"]["person"] == desk.people["lou"].id, "who stands in"
    only_kim = {"people": [desk.people["kim"].id], "channels": ["web"]}
    asked = (await desk.ask(routing=only_kim))["id"]
    await desk.read(asked)
    answered = await desk.lou.post(
        f"/api/v1/requests/{asked}/respond", json={"decision": "approve"}
    )
    assert answered.status_code == 200, answered.text
    await desk.read(asked, min_version=answered.json()["version"])
    history = (await desk.lou.get(f"/api/v1/requests/{asked}/history")).json()["items"]
    answers = [one["actor"] for one in history if "received" in one["event"].lower()]
    assert [(one["id"], one["on_behalf_of"]) for one in answers] == [
        (desk.people["lou"].id, desk.people["kim"].id)
    ]
    assert (await desk.kim.put("/api/v1/me/absence", json={"absence": None})).status_code == 200
    refused = (await desk.ask(routing=only_kim))["id"]
    again = await desk.lou.post(f"/api/v1/requests/{refused}/respond", json={"decision": "approve"})
    assert again.status_code == 403, "kim is back"
    assert (await desk.kim.get("/api/v1/me/absence")).json()["absence"] is None


async def test_a_request_is_handed_on_and_the_history_shows_the_chain(desk: Desk) -> None:
    key = (await desk.ask())["id"]
    path = f"/api/v1/requests/{key}/forward"
    assert (await desk.kim.post(f"/api/v1/requests/{key}/claim")).status_code == 200
    lou = desk.people["lou"]
    to_lou = await desk.kim.post(path, json={"person": lou.email, "note": "Her customer."})
    assert to_lou.status_code == 200, to_lou.text
    assert (await desk.kim.post(path, json={"person": lou.email})).status_code in {200, 409}
    to_kim = await desk.lou.post(path, json={"person": desk.people["kim"].id})
    assert to_kim.status_code == 200
    ana = await desk.house.person(desk.tenant, "ana", (Role.ANALYST,))
    refused = await desk.kim.post(path, json={"person": ana.id})
    assert refused.status_code == 403
    assert (await desk.kim.post(path, json={"person": "nobody"})).status_code == 422
    assert (await desk.kim.post(path, json={"team": "nobody"})).status_code == 422
    assert (await desk.kim.post(path, json={})).status_code == 422
    await desk.read(key, min_version=to_kim.json()["version"])
    history = (await desk.kim.get(f"/api/v1/requests/{key}/history")).json()["items"]
    chain = [
        (one["actor"]["id"], one["data"]["assignee"]["person"], one["data"]["reason"])
        for one in history
        if one["event"].rpartition(".")[2].lower() == "assigned"
    ]
    kim = desk.people["kim"].id
    assert chain == [(kim, kim, None), (kim, lou.id, "Her customer."), (lou.id, kim, None)]


async def test_skills_are_said_by_leads(desk: Desk) -> None:
    path = f"/api/v1/people/{desk.people['kim'].id}/skills"
    put = await desk.lee.put(path, json={"skills": ["tax", "german", "tax"]})
    assert put.json()["skills"] == ["german", "tax"]
    assert (await desk.kim.get(path)).json() == put.json()
    assert (await desk.kim.put(path, json={"skills": []})).status_code == 403
    nobody = await desk.lee.put("/api/v1/people/nobody/skills", json={"skills": []})
    assert nobody.status_code == 404


async def test_the_course_is_foretold_by_kind_and_by_question(desk: Desk) -> None:
    found = await desk.kim.get("/api/v1/simulate", params={"type": "approval"})
    assert found.status_code == 200, found.text
    course = found.json()
    assert course["outcome"] == "timed_out"
    assert course["steps"][0]["event"] == "human.input.requested"
    assert {one["name"] for one in course["steps"][0]["told"]} >= {"Kim", "Lou"}
    asked = {"type": "approval", "title": "?", "timeout_minutes": 60, "priority": "urgent"}
    own = await desk.agent.post("/api/v1/simulate", json={"request": asked})
    assert own.status_code == 200, own.text
    assert own.json()["priority"] == "urgent"
    for bad in ({"type": "nothing"}, {"priority": "soon"}, {"at": "1066-01-01T00:00:00Z"}):
        refused = await desk.kim.get("/api/v1/simulate", params=bad)
        assert refused.status_code == 422, bad
    assert (await desk.read((await desk.ask())["id"]))["version"] >= 1


async def test_the_simulator_page_can_be_read_by_everybody(counter: Counter) -> None:
    path = "/simulator?type=code_review&priority=urgent&at=2026-03-02T12%3A00"
    async with counter.visitor(path=path) as page:
        await expect(page.locator(".course > li").first).to_contain_text("The question is asked.")
        await expect(page.locator(".course > li").last).to_contain_text("without an answer")
        await expect(page.locator(".course-end")).to_contain_text("timed out")
        assert await barriers(page) == []
        await screenshot(page, "simulator", full=True)
        await page.locator("select[name=type]").select_option("approval")
        await page.get_by_role("button", name="Show what happens").click()
        await expect(page.locator("#course")).to_contain_text("Approval")
    async with counter.visitor(path=path, size=PHONE, scheme="dark") as page:
        await expect(page.locator(".course > li").first).to_be_visible()
        assert await barriers(page) == []
        assert not await scrolls_sideways(page)
        await screenshot(page, "simulator-phone", full=True)
    async with counter.visitor(path="/simulator?type=nothing") as page:
        await expect(page.get_by_role("alert")).to_contain_text("nothing")
