"""Reels on a whole Handraise: no video without a yes to exactly this script, and then just one."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
import pytest_asyncio
from handraise import Handraise, Request
from playwright.async_api import Page, expect
from rich.console import Console

from examples.common.processes import running
from examples.common.screen import Screen
from examples.common.serving import serving
from examples.common.surroundings import Surroundings
from examples.reel_scripts import job_store
from examples.reel_scripts.house import Home, settle_in
from examples.reel_scripts.settings import Outside
from examples.reel_scripts.stand_ins.openai_server import OpenAiServer
from examples.reel_scripts.stand_ins.runpod_server import RunpodServer
from examples.reel_scripts.story import play
from examples.reel_scripts.wiring import Options, Service, service
from examples.reel_scripts.worker import Pace
from tests.support.browser import (
    PHONE,
    Chromium,
    barriers,
    chromium_running,
    screenshot,
    scrolls_sideways,
)
from tests.support.eventually import eventually
from tests.support.processes import free_port_base
from tests.support.servers import fresh_database
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "Salt your pasta water."
HOSTILE = '<script>alert(1)</script> & "quotes" {{ 7 * 7 }}.'
QUICK = Pace(idle=0.1, look=0.1, lease=3, away=0.2)
PENDING = "script_pending_approval"


@dataclass(frozen=True, slots=True)
class Gpu:
    """The outside services, as stand-ins that count; `broken` makes the next videos fail."""

    runpod: RunpodServer
    openai: OpenAiServer
    outside: Outside
    broken: list[str]

    def scripts(self) -> list[str]:
        """What was sent to be made into videos."""
        return [one["input"]["script"] for one in self.runpod.received]


@dataclass(frozen=True, slots=True)
class Studio:
    """The service on a stage, its two owners' clients, and the services outside."""

    stage: Stage
    found: Surroundings
    home: Home
    options: Options
    service: Service
    rita: httpx.AsyncClient
    otto: httpx.AsyncClient
    hand: Handraise
    """In Rita's name, as if she were on Handraise's own page."""
    gpu: Gpu

    async def create(self, script: str = SCRIPT, **said: Any) -> dict[str, Any]:
        answer = await self.rita.post("", json={"title": f"On {script}", "script": script, **said})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def post(self, reel: dict[str, Any], action: str, **said: Any) -> httpx.Response:
        return await self.rita.post(f"{reel['id']}/{action}/", json=said)

    async def done(self, reel: dict[str, Any], action: str, **said: Any) -> dict[str, Any]:
        answer = await self.post(reel, action, **said)
        assert answer.is_success, answer.text
        return answer.json()

    async def refused(self, reel: dict[str, Any], action: str, **said: Any) -> tuple[int, str]:
        answer = await self.post(reel, action, **said)
        return answer.status_code, answer.json()["code"]

    async def get(self, reel: dict[str, Any]) -> dict[str, Any]:
        return (await self.rita.get(f"{reel['id']}/")).raise_for_status().json()

    async def becomes(self, reel: dict[str, Any], **wanted: Any) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            now = await self.get(reel)
            return now if all(now[name] == value for name, value in wanted.items()) else None

        return await eventually(look)

    async def question(self, reel: dict[str, Any], revision: int) -> Request:
        """What Handraise asks, once it is about this revision of the script."""
        request_id = (await self.get(reel))["approval"]["request_id"]

        async def look() -> Request | None:
            request = await self.hand.get(request_id)
            is_it = (request.context or {})["script_revision"] == revision
            return request if is_it and request.outcome is None else None

        return await eventually(look)

    async def another_process(self, stack: AsyncExitStack, **over: Any) -> Service:
        """The same service once more, on the same tables."""
        options = replace(self.options, port=free_port_base(), **over)
        return await stack.enter_async_context(service(self.found, self.home, options))

    def client(self, url: str, owner: int = 0) -> httpx.AsyncClient:
        return client(url, self.home.owners[owner].token)


def client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=f"{url}/api/reels/", headers=headers, timeout=60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gpu() -> AsyncIterator[Gpu]:
    broken: list[str] = []

    def handle(job: dict[str, Any]) -> dict[str, Any]:
        if broken:
            return {"error": broken.pop()}
        video = base64.b64encode(job["input"]["script"].encode()).decode()
        return {"video_base64": video, "seconds": 1.0}

    runpod = RunpodServer("rp-1", handle)
    openai = OpenAiServer("sk-1", lambda body: f"Text {body['seed']} of the model.")
    async with serving(runpod.app, 0) as at, serving(openai.app, 0) as model_at:
        outside = Outside(
            runpod_url=f"{at}/v2/abc",
            runpod_key="rp-1",
            openai_url=f"{model_at}/v1",
            openai_key="sk-1",
            openai_model="small",
        )
        yield Gpu(runpod, openai, outside, broken)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(playing: Stage, module_database: str, gpu: Gpu) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        own = stack.enter_context(fresh_database(module_database))
        enter = stack.enter_async_context
        found = playing.found("reel_scripts")
        home = await settle_in(found)
        options = Options(
            port=free_port_base(),
            outside=replace(gpu.outside, openai_model=None),
            pace=QUICK,
            workers=2,
            database=urlsplit(own).path[1:],
        )
        running = await enter(service(found, home, options))
        rita, otto = [await enter(client(running.url, one.token)) for one in home.owners]
        hand = running.hand.acting_for(home.owners[0].person_id)
        yield Studio(playing, found, home, options, running, rita, otto, hand, gpu)


async def test_the_story_plays_at_the_terminal_without_anybody(studio: Studio) -> None:
    shown = StringIO()
    with fresh_database(studio.found.pg_dsn) as own:
        options = replace(
            studio.options,
            port=free_port_base(),
            outside=Outside(),
            database=urlsplit(own).path[1:],
        )
        screen = Screen(Console(file=shown, width=120))
        await play(studio.found, options, screen, "approve")
    told = shown.getvalue()
    for words in ("409: The script has to be approved", "Rita Reel decided: approved", "Redeemed"):
        assert words in told
    assert "The video is made, once" in told
    videos = list((studio.found.directory / "videos").glob("*.mp4"))
    assert any(one.read_bytes()[4:8] == b"ftyp" for one in videos)


async def test_a_script_is_rewritten_until_it_is_approved_and_then_made_into_a_video(
    studio: Studio,
) -> None:
    reel = await studio.create(use_rewrite=True)
    assert (reel["status"], reel["script_approved"], reel["revision"]) == (PENDING, False, 2)
    assert (reel["original_script"], reel["video_url"]) == (SCRIPT, None)
    assert SCRIPT in reel["script"]
    assert await studio.refused(reel, "generate-video") == (409, "script_not_approved")
    texts = [reel["script"]]
    for revision in (3, 4):
        again = await studio.done(reel, "regenerate-script", instructions="fresher")
        assert (again["status"], again["revision"]) == (PENDING, revision)
        assert again["script"] not in texts
        texts.append(again["script"])
    kept = (await studio.rita.get(f"{reel['id']}/revisions/")).json()["items"]
    assert [one["script"] for one in kept] == [SCRIPT, *texts]
    assert [one["source"] for one in kept] == ["original", "rewrite", "regenerate", "regenerate"]
    assert kept[3]["diff"].startswith("--- revision 3\n+++ revision 4")
    compared = await studio.rita.get(f"{reel['id']}/revisions/diff/?from=1&to=4")
    assert "--- revision 1\n+++ revision 4" in compared.json()["diff"]
    assert await studio.refused(reel, "approve-script", revision=3) == (409, "stale_revision")
    approved = await studio.done(reel, "approve-script", revision=4)
    assert (approved["script_approved"], approved["approved_revision"]) == (True, 4)
    ready = await studio.becomes(reel, status="completed")
    assert ready["video_url"].endswith(f"/api/reels/{reel['id']}/videos/4.mp4")
    assert studio.gpu.scripts()[-1] == texts[-1]
    bound = ready["approval"]
    request = await studio.hand.get(bound["request_id"])
    assert (bound["script_revision"], bound["decided_by"]) == (4, studio.home.owners[0].person_id)
    assert (bound["content_hash"], bound["request_revision"]) == (request.content_hash, 3)
    assert request.context["script"] == texts[-1]


async def test_a_video_is_served_in_parts_and_to_its_owner_only(studio: Studio) -> None:
    reel = await studio.create("Serve it while it is hot.")
    await studio.done(reel, "approve-script")
    url = (await studio.becomes(reel, status="completed"))["video_url"]
    part = await studio.rita.get(url, headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"Serve")
    assert part.headers["content-range"] == "bytes 0-4/25"
    assert part.headers["content-type"] == "video/mp4"
    for path in (url, f"{reel['id']}/", f"{reel['id']}/revisions/"):
        assert (await studio.otto.get(path)).status_code == 404
    for action in ("approve-script", "regenerate-script", "rewrite-script", "generate-video"):
        assert (await studio.otto.post(f"{reel['id']}/{action}/", json={})).status_code == 404
    nobody = await studio.rita.get(url, headers={"Authorization": "Bearer x"})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")


async def test_without_use_rewrite_the_original_waits_and_another_script_clears_the_approval(
    studio: Studio,
) -> None:
    reel = await studio.create()
    assert (reel["status"], reel["script"], reel["revision"]) == (PENDING, SCRIPT, 1)
    studio.gpu.runpod.workers.clear()
    await studio.done(reel, "approve-script")
    await studio.becomes(reel, status="processing")
    own = "Salt it.\nThen stir."
    again = await studio.done(reel, "rewrite-script", script=own)
    assert (again["status"], again["script"], again["script_approved"]) == (PENDING, own, False)
    assert await studio.refused(reel, "generate-video") == (409, "script_not_approved")
    studio.gpu.runpod.workers.set()

    async def paid() -> bool:
        return (await studio.get(reel))["videos"][0]["state"] == "done"

    await eventually(paid)
    now = await studio.get(reel)
    assert (now["status"], now["video_url"]) == (PENDING, None)
    await studio.done(reel, "approve-script", revision=2)
    ready = await studio.becomes(reel, status="completed")
    assert ready["approval"]["round"] == 2
    assert studio.gpu.scripts()[-2:] == [SCRIPT, own]
    cleared = await studio.done(reel, "regenerate-script")
    assert (cleared["status"], cleared["video_url"]) == (PENDING, None)
    assert [one["url"] is None for one in cleared["videos"]] == [False, False]


async def test_a_yes_that_is_taken_back_before_its_video_began_costs_nothing(
    studio: Studio,
) -> None:
    async with AsyncExitStack() as stack:
        name = urlsplit(stack.enter_context(fresh_database(studio.found.pg_dsn))).path[1:]
        idle = await studio.another_process(stack, database=name, workers=0)
        there = await stack.enter_async_context(studio.client(idle.url))
        reel = (await there.post("", json={"title": "T", "script": "First thought."})).json()
        await there.post(f"{reel['id']}/approve-script/", json={})
        said = {"script": "Second thought."}
        cleared = (await there.post(f"{reel['id']}/rewrite-script/", json=said)).json()
        assert [one["state"] for one in cleared["videos"]] == ["withdrawn"]
        await there.post(f"{reel['id']}/approve-script/", json={})
        await studio.another_process(stack, database=name)

        async def completed() -> bool:
            return (await there.get(f"{reel['id']}/")).json()["status"] == "completed"

        await eventually(completed)
    assert "First thought." not in studio.gpu.scripts()
    assert studio.gpu.scripts().count("Second thought.") == 1


async def test_who_has_lost_the_lease_of_a_job_can_no_longer_move_it(studio: Studio) -> None:
    async with AsyncExitStack() as stack:
        name = urlsplit(stack.enter_context(fresh_database(studio.found.pg_dsn))).path[1:]
        idle = await studio.another_process(stack, database=name, workers=0)
        there = await stack.enter_async_context(studio.client(idle.url))
        reel = (await there.post("", json={"title": "T", "script": "Mine or yours."})).json()
        assert await job_store.claim(idle.pool, "slow", 60) is None, "nobody approved it"
        await there.post(f"{reel['id']}/approve-script/", json={})
        job = await job_store.claim(idle.pool, "slow", 60)
        assert job is not None
        assert await job_store.claim(idle.pool, "quick", 60) is None
        await idle.pool.execute("UPDATE video_jobs SET lease_until = now()")
        assert await job_store.claim(idle.pool, "quick", 60) == job
        assert not await job_store.began(idle.pool, job, "slow")
        assert not await job_store.done(idle.pool, job, "slow", "slow.mp4", 1.0)
        assert not await job_store.renew(idle.pool, job, "slow", 60)
        assert await job_store.done(idle.pool, job, "quick", "quick.mp4", 1.0)
        assert (await there.get(f"{reel['id']}/")).json()["videos"][0]["state"] == "done"


async def test_however_often_and_wherever_yes_is_said_one_video_is_made(studio: Studio) -> None:
    reel = await studio.create("Once is enough.")
    async with AsyncExitStack() as stack:
        other = await studio.another_process(stack)
        second = await stack.enter_async_context(studio.client(other.url))
        path = f"{reel['id']}/approve-script/"
        both = [one.post(path, json={"revision": 1}) for one in (studio.rita, second) * 4]
        answers = await asyncio.gather(*both)
        assert {one.status_code for one in answers} == {200}
        again = [one.post(f"{reel['id']}/generate-video/") for one in (studio.rita, second) * 2]
        assert {one.status_code for one in await asyncio.gather(*again)} == {202}
        ready = await studio.becomes(reel, status="completed")
    assert studio.gpu.scripts().count("Once is enough.") == 1
    assert [(one["revision"], one["run"]) for one in ready["videos"]] == [(1, 1)]
    history = await studio.hand.history(ready["approval"]["request_id"])
    assert [one.event for one in history].count("Received") == 1


async def test_two_clicks_on_regenerate_write_one_script(studio: Studio) -> None:
    reel = await studio.create("Twice.")
    clicks = [studio.post(reel, "regenerate-script", revision=1) for _ in range(4)]
    answers = await asyncio.gather(*clicks)
    assert {one.status_code for one in answers} <= {200, 409}
    assert (await studio.becomes(reel, revision=2))["status"] == PENDING
    once = {"Idempotency-Key": "key-1"}
    made = [
        await studio.rita.post("", json={"title": "T", "script": "S"}, headers=once)
        for _ in range(2)
    ]
    assert made[0].json()["id"] == made[1].json()["id"]


async def test_the_owner_may_decide_on_handraises_own_page(studio: Studio) -> None:
    reel = await studio.create("From the other side.")
    asked = await studio.question(reel, 1)
    await studio.hand.respond(asked.id, decision="regenerate", comment="shorter", revision=1)
    again = await studio.becomes(reel, revision=2)
    kept = (await studio.rita.get(f"{reel['id']}/revisions/")).json()["items"]
    assert (kept[1]["instructions"], again["status"]) == ("shorter", PENDING)
    asked = await studio.question(reel, 2)
    edited = {**asked.context, "script": "My last word.\r\n"}
    await studio.hand.respond(asked.id, decision="approve", edited=edited, revision=2)
    ready = await studio.becomes(reel, status="completed")
    assert (ready["script"], ready["approved_revision"]) == ("My last word.", 3)
    assert studio.gpu.scripts()[-1] == "My last word."


class Hidden(HTMLParser):
    """The hidden fields of a page's forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("type") == "hidden":
            self.fields[found["name"] or ""] = found["value"] or ""


async def test_the_owner_may_decide_from_the_email(studio: Studio) -> None:
    reel = await studio.create("By mail.")
    asked = await studio.question(reel, 1)

    async def link() -> str | None:
        async with httpx.AsyncClient(base_url=studio.found.mail_url, timeout=60) as mails:
            for one in (await mails.get("/messages")).json()["items"]:
                if asked.title in one["subject"] and studio.home.owners[0].email in one["to"]:
                    return re.search(r"http\S+/a/\S+", one["text"])[0]
        return None

    url = await eventually(link)
    origin = {"Origin": studio.found.url}
    async with httpx.AsyncClient(headers=origin, timeout=60) as browser:
        page = await browser.get(url)
        sure = await browser.post(url, data=Hidden(page.text).fields | {"decision": "approve"})
        await browser.post(url, data=Hidden(sure.text).fields | {"sure": "yes"})
    assert (await studio.becomes(reel, status="completed"))["script_approved"]
    assert studio.gpu.scripts().count("By mail.") == 1


async def test_a_no_makes_no_video_and_the_script_can_be_put_up_again(studio: Studio) -> None:
    reel = await studio.create("Not like this.")
    no = await studio.done(reel, "reject-script", comment="not us")
    assert (no["status"], no["script_approved"]) == ("script_rejected", False)
    assert await studio.refused(reel, "generate-video") == (409, "script_not_approved")
    assert await studio.refused(reel, "approve-script") == (409, "wrong_status")
    assert (await studio.done(reel, "submit-script"))["status"] == PENDING
    await studio.done(reel, "approve-script")
    await studio.becomes(reel, status="completed")
    assert studio.gpu.scripts().count("Not like this.") == 1


async def test_who_does_not_answer_is_told_and_may_be_asked_again(studio: Studio) -> None:
    async with AsyncExitStack() as stack:
        hasty = await studio.another_process(stack, deadline_minutes=1 / 60)
        there = await stack.enter_async_context(studio.client(hasty.url))
        made = await there.post("", json={"title": "Late", "script": "Too late."})
        reel = await studio.becomes(made.json(), status="approval_timed_out")
    assert await studio.refused(reel, "generate-video") == (409, "script_not_approved")
    again = await studio.done(reel, "submit-script")
    assert (again["status"], again["approval"]["round"]) == (PENDING, 2)
    assert "Too late." not in studio.gpu.scripts()


async def test_revisions_are_capped_and_the_cap_is_told(studio: Studio) -> None:
    async with AsyncExitStack() as stack:
        outside = replace(studio.options.outside, max_revisions=2)
        small = await studio.another_process(stack, outside=outside)
        there = await stack.enter_async_context(studio.client(small.url))
        reel = (await there.post("", json={"title": "T", "script": "Cap."})).json()
        path = f"{reel['id']}/regenerate-script/"
        assert (await there.post(path, json={})).json()["revisions_left"] == 0
        over = await there.post(path, json={})
        assert (over.status_code, over.json()["code"]) == (409, "revisions_exhausted")
        asked = await studio.question(reel, 2)
        await studio.hand.respond(asked.id, decision="regenerate", revision=asked.revision)

        async def asked_again() -> Request | None:
            now = await studio.hand.get(asked.id)
            return now if now.revision == asked.revision + 1 else None

        again = await eventually(asked_again)
        assert again.context["script"] == asked.context["script"]
    assert (await studio.get(reel))["revision"] == 2


async def test_a_video_that_failed_says_why_and_is_made_when_asked_again(studio: Studio) -> None:
    studio.gpu.broken.append("no GPU left")
    reel = await studio.create("Second try.")
    await studio.done(reel, "approve-script")
    failed = await studio.becomes(reel, status="failed")
    assert "no GPU left" in failed["notice"]
    assert failed["script_approved"]
    assert (await studio.post(reel, "generate-video")).status_code == 202
    ready = await studio.becomes(reel, status="completed")
    assert [one["run"] for one in ready["videos"]] == [2]
    history = await studio.hand.history(ready["approval"]["request_id"])
    spent = [one.data["spender"] for one in history if one.event == "Redeemed"]
    assert len(spent) == 1
    assert spent[0].startswith(f"reel-{reel['id']}-")


async def test_a_model_that_is_away_leaves_the_script_and_is_asked_again(studio: Studio) -> None:
    openai = studio.gpu.openai
    async with AsyncExitStack() as stack:
        clever = await studio.another_process(stack, outside=studio.gpu.outside, catch_up_seconds=1)
        there = await stack.enter_async_context(studio.client(clever.url))
        openai.refusal = "I'd rather not"
        said = {"title": "T", "script": "By a model.", "use_rewrite": True}
        reel = (await there.post("", json=said)).json()
        assert (reel["status"], reel["script"]) == (PENDING, "By a model.")
        assert "rather not" in reel["notice"]
        openai.refusal = None
        again = await there.post(f"{reel['id']}/rewrite-script/", json={})
        assert again.json()["script"] == "Text 1 of the model."
        openai.troubles += [(500, {})] * 3
        answer = await there.post(f"{reel['id']}/regenerate-script/", json={})
        assert answer.status_code in (200, 503)
        now = await studio.becomes(reel, revision=3, notice=None)
        assert (now["status"], now["script"]) == (PENDING, "Text 2 of the model.")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    async with chromium_running() as browser:
        yield browser


async def test_a_reel_is_made_on_the_pages_from_its_script_to_the_video_that_plays(
    studio: Studio, chromium: Chromium
) -> None:
    async with AsyncExitStack() as stack:
        offline = replace(studio.options.outside, runpod_url=None)
        own = stack.enter_context(fresh_database(studio.found.pg_dsn))
        here = await studio.another_process(stack, outside=offline, database=urlsplit(own).path[1:])
        page = await stack.enter_async_context(chromium.visitor(here.url))
        await signed_in(page, studio.home.owners[0].token)
        await page.fill("[name=title]", f"Pasta {HOSTILE}")
        await page.fill("[name=script]", f"Salt it. {HOSTILE}")
        await page.click("text=Create")
        await expect(page.locator("#stand")).to_contain_text("waits for your approval")
        await expect(page.locator("#script + .script")).to_contain_text("<script>alert(1)</script>")
        await page.fill("[name=instructions]", "no hook")
        await page.click("text=Write another one")
        await expect(page.locator("#stand")).to_contain_text("revision 3")
        await expect(page.locator("#diff del").first).to_be_visible()
        assert await barriers(page) == []
        await screenshot(page, "reel-revisions", full=True)
        address = page.url
        for size, scheme, name in ((PHONE, "light", "phone"), ((1280, 800), "dark", "dark")):
            async with chromium.visitor(here.url, size=size, scheme=scheme) as other:
                await signed_in(other, studio.home.owners[0].token)
                await screenshot(other, f"reels-{name}", full=True)
                assert size != PHONE or await barriers(other) == []
                await other.goto(address)
                assert await barriers(other) == []
                assert not await scrolls_sideways(other)
                await screenshot(other, f"reel-{name}", full=True)
        await page.click("text=Approve and make the video")
        video = page.locator("video")
        await expect(page.locator("#stand")).to_contain_text("video ready", timeout=60_000)
        played = await video.evaluate(
            "v => new Promise((done, no) => { v.muted = true;"
            " v.onerror = () => no(v.error.message);"
            " v.ontimeupdate = () => v.currentTime > 0 && done([v.videoWidth, v.videoHeight]);"
            " v.play(); })"
        )
        assert played == [540, 960]
        assert await barriers(page) == []
        await screenshot(page, "reel-ready", full=True)
        await page.goto("/reels/4711/")
        await expect(page.locator("main")).to_contain_text("There is no such reel")
        await page.click("text=All reels")
        await page.click("text=Sign out")
        await page.fill("[name=token]", "nobody's")
        await page.click("button.primary")
        await expect(page.locator("[role=alert]")).to_be_visible()


async def test_no_other_site_acts_in_the_name_of_who_is_signed_in(studio: Studio) -> None:
    reel = await studio.create("Mine alone.")
    cookies = {"reels": studio.home.owners[0].token}
    async with httpx.AsyncClient(
        base_url=studio.service.url, cookies=cookies, timeout=60
    ) as browser:
        path = f"/reels/{reel['id']}/approve/"
        forged = await browser.post(path, headers={"Origin": "https://evil.example"})
        own = await browser.post(path, headers={"Origin": studio.service.url})
    assert (forged.status_code, own.status_code) == (403, 303)


async def signed_in(page: Page, token: str) -> None:
    await page.goto("/")
    await page.fill("[name=token]", token)
    await page.click("button.primary")
    await expect(page.locator("h1")).to_contain_text("Your reels")


async def test_killed_before_and_during_the_video_it_is_still_made_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in studio.stage.credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HANDRAISE_RUN_DIR", str(studio.stage.directory))
    monkeypatch.setenv("RUNPOD_BASE_URL", studio.gpu.outside.runpod_url.removesuffix("/abc"))
    monkeypatch.setenv("RUNPOD_ENDPOINT_ID", "abc")
    monkeypatch.setenv("RUNPOD_API_KEY", "rp-1")
    async with AsyncExitStack() as stack:
        own = stack.enter_context(fresh_database(studio.found.pg_dsn))
        name = urlsplit(own).path[1:]
        studio.gpu.runpod.workers.clear()
        url, there = await killable(studio, stack, name)
        reel = (await there.post("", json={"title": "T", "script": "Nine lives."})).json()
        request_id = reel["approval"]["request_id"]
        await url.kill()
        await studio.hand.respond(request_id, decision="approve", revision=1)
        url, there = await killable(studio, stack, name)

        watching = await asyncpg.connect(own)
        stack.push_async_callback(watching.close)

        async def ordered() -> bool:
            # Before this is noted a dying process would order again, under the same key.
            return bool(await watching.fetchval("SELECT ticket FROM video_jobs"))

        # The first look may find a view that lags; the next one is half a minute later.
        await eventually(ordered, within_seconds=90)
        await url.kill()
        last = await studio.another_process(stack, database=name)
        await last.pool.execute("UPDATE video_jobs SET lease_until = now()")
        studio.gpu.runpod.workers.set()
        there = await stack.enter_async_context(studio.client(last.url))

        async def completed() -> dict[str, Any] | None:
            now = (await there.get(f"{reel['id']}/")).json()
            return now if now["status"] == "completed" else None

        ready = await eventually(completed)
        assert [(one["revision"], one["run"]) for one in ready["videos"]] == [(1, 1)]
    assert studio.gpu.scripts().count("Nine lives.") == 1


@dataclass(frozen=True, slots=True)
class Doomed:
    """A process of the service that ends by SIGKILL."""

    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


async def killable(
    studio: Studio, stack: AsyncExitStack, database: str
) -> tuple[Doomed, httpx.AsyncClient]:
    """A process of the service that answers, and a client of it."""
    port = free_port_base()
    words = ["serve", "--port", str(port), "--database", database]
    process = await stack.enter_async_context(running("examples.reel_scripts", words))
    http = await stack.enter_async_context(studio.client(f"http://127.0.0.1:{port}"))

    async def answers() -> bool:
        try:
            return (await http.get("")).is_success
        except httpx.TransportError:
            return False

    await eventually(answers, within_seconds=50)
    return Doomed(process), http
