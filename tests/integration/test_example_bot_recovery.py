"""Failed automations: bots meet trouble in a real browser, people put it right, bots go on."""

import asyncio
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml
from handraise import Handraise, HandraiseError
from handraise.pace import Pace
from playwright.async_api import Page, expect
from rich.console import Console

from examples.bot_recovery.bot import Bot, Step
from examples.bot_recovery.failures import Captured, FailureType
from examples.bot_recovery.people import KIND
from examples.bot_recovery.review_queue import Decided
from examples.bot_recovery.reviews import Failure, Filters
from examples.bot_recovery.screen import RecoveryScreen
from examples.bot_recovery.settings import Settings, load
from examples.bot_recovery.site.members import Trouble
from examples.bot_recovery.story import Story
from examples.bot_recovery.system import Place, Recovery, recovery
from examples.bot_recovery.warmup import Account, AccountStatus, Phase, PhaseStatus, Solution
from examples.bot_recovery.watchdog import Swept
from tests.support.browser import (
    PHONE,
    Chromium,
    barriers,
    chromium_running,
    screenshot,
    scrolls_sideways,
)
from tests.support.eventually import eventually
from tests.support.servers import drop_database, fresh_prefix
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT: dict[str, Mapping[str, Any]] = {
    "set_up_profile": {"bio": "Walks in the north <b>& back</b>"},
    "first_post": {"text": "Fog over the fjord this morning."},
}
NOWHERE = "http://127.0.0.1:9"
IMPATIENT = {"after": "3s", "reminders": [], "ladder": [
    {"name": "leads", "after": "1s", "candidates": {"roles": ["lead"]}},
    {"name": "administrators", "after": "1s", "candidates": {"roles": ["admin"]}},
]}  # fmt: skip


def settings() -> Settings:
    """The example's own; only what is unknown is of low priority, and so climbs in seconds."""
    known = load().model_dump()
    known["failures"]["unknown"]["priority"] = "low"
    for kind in ("timeout", "site_error"):
        known["failures"][kind]["priority"] = "medium"
    own = {"patience_seconds": 30, "pause_seconds": 0, "watch_seconds": 3600, "callback_seconds": 0}
    return Settings.model_validate(known | own)


def impatient_kind(directory: Path) -> Path:
    """The example's kind, in which questions of low priority climb within seconds."""
    kind = yaml.safe_load(KIND.read_text())
    kind["priorities"]["low"] = IMPATIENT
    path = directory / KIND.name
    path.write_text(yaml.safe_dump(kind))
    return path


@dataclass(frozen=True, slots=True)
class House:
    """The running example, the Handraise under it, and a browser for its people."""

    stage: Stage
    recovery: Recovery
    chromium: Chromium

    async def begun(self, username: str, content: Any = None, **troubles: list[Trouble]) -> Account:
        account = await self.recovery.enrol(username, {**CONTENT, **(content or {})}, troubles)
        await self.recovery.begin(account)
        return await self.recovery.pipeline.account(account.id)

    async def failure(self, account: Account) -> Failure:
        found = await self.recovery.reviews.open_of(account.id)
        assert found is not None
        return found

    async def comes_to(self, account: Account, status: str) -> None:
        async def has_come() -> bool:
            return (await self.recovery.pipeline.account(account.id)).status == status

        await eventually(has_come)

    async def resolve(self, account: Account, decision: Solution, **said: Any) -> str:
        failure = await self.failure(account)
        mara = self.recovery.people.managers[0].id
        decided = Decided(decision=decision, **said)
        return (await self.recovery.queue.resolve(failure.id, decided, mara)).said

    async def timeline(self, account: Account) -> list[tuple[str, str]]:
        found = await self.recovery.pipeline.timeline(account.id)
        return [(one.actor, one.action) for one in found]

    async def statuses(self, account: Account) -> list[str]:
        return [str(one.status) for one in await self.recovery.pipeline.phases(account.id)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(playing: Stage, postgres: str) -> AsyncIterator[House]:
    name = f"test_{fresh_prefix().rstrip('.')}"
    kind = impatient_kind(playing.directory)
    place = Place(settings=settings(), desk_port=0, site_port=0, database=name, kind=kind)
    try:
        async with (
            recovery(playing.found("bot_recovery"), place) as running,
            chromium_running() as chromium,
        ):
            yield House(playing, running, chromium)
    finally:
        drop_database(postgres, name)


async def signed_in(house: House, page: Page, name: str = "Mara Lindqvist") -> None:
    await page.goto(house.recovery.sign_in[name])
    await page.click("text=Go on as")


async def test_a_captcha_waits_for_a_person_and_the_bot_goes_on_by_itself(house: House) -> None:
    account = await house.begun(
        "mia.hikes", {"follow_people": {"follow": ["nordic.hikes"]}}, follow=[Trouble.CAPTCHA]
    )
    assert account.status == "review_required"
    assert await house.statuses(account) == ["completed", "review_required", "pending"]
    failure = await house.failure(account)
    request = await house.recovery.agent.hand.get(failure.request_id or "")
    assert (request.kind, request.priority, request.principal_id) == (
        "failed_operation",
        "high",
        "mia.hikes",
    )
    context = request.context or {}
    assert context["failure"]["type"] == "captcha"
    assert "Type the letters" in context["page_text"]
    assert context["last_actions"][-1]["action"] == "follow"
    async with house.chromium.visitor(house.recovery.desk_url) as page:
        await signed_in(house, page)
        row = page.locator("article", has_text="mia.hikes")
        await expect(row).to_contain_text("follow nordic.hikes")
        await screenshot(page, "recovery-queue")
        assert await barriers(page) == []
        await page.click("text=mia.hikes")
        await expect(page.locator(".timeline").first).to_contain_text("save profile")
        await expect(page.get_by_alt_text("The page as the bot left it")).to_be_visible()
        await expect(page.locator("pre")).to_contain_text("Type the letters")
        assert await barriers(page) == []
        await screenshot(page, "recovery-review", full=True)
        # What only a person may do, a person does, at the site itself.
        await page.click("text=Open the account at the site")
        await page.fill("[name=code]", house.recovery.members.named("mia.hikes").code)
        await page.click("button")
        await expect(page.locator("h1")).to_have_text("Hello mia.hikes")
        await page.goto(f"/reviews/{failure.id}")
        await page.check("[name=mended]")
        await page.fill("[name=notes]", "Typed the <i>letters</i>")
        await page.click("text=Try again")
        await expect(page.locator(".said")).to_contain_text("Accepted")
        await house.comes_to(account, "completed")
        await page.goto("/log")
        line = page.locator("tbody tr", has_text="mia.hikes")
        for said in ("Mara Lindqvist", "captcha", "mended first", "held", "the <i>letters</i>"):
            await expect(line).to_contain_text(said)
    assert await house.statuses(account) == ["completed"] * 3
    assert house.recovery.members.named("mia.hikes").posts == ["Fog over the fjord this morning."]


async def test_alike_failures_are_answered_together_each_with_its_own_result(
    house: House,
) -> None:
    for name in ("bulk.one", "bulk.two"):
        await house.begun(name, profile=[Trouble.CHALLENGE])
        house.recovery.members.named(name).solve(house.recovery.members.named(name).code)
    async with house.chromium.visitor(house.recovery.desk_url, size=PHONE, scheme="dark") as page:
        await signed_in(house, page, "Teo Okafor")
        await page.select_option("[name=type]", "challenge")
        await page.fill("[name=username]", "BULK")
        await page.click("text=Show")
        await expect(page.locator("article h2")).to_have_text(["bulk.one", "bulk.two"])
        assert await barriers(page) == []
        assert not await scrolls_sideways(page)
        await screenshot(page, "recovery-queue-phone-dark", full=True)
        for name in ("bulk.one", "bulk.two"):
            await page.check(f"[aria-label='Tick {name}']")
        await page.fill("#bulk [name=notes]", "The owners confirmed it")
        done_before = house.recovery.people.managers[0].id
        first = await house.recovery.reviews.queue(Filters(username="bulk.one"))
        await house.recovery.queue.resolve(
            first[0].failure.id, Decided(decision=Solution.RETRY), done_before
        )
        await page.click("#bulk >> text=Try again")
        await expect(page.locator("h1")).to_have_text("Try again: 1 of 2")
        await expect(page.locator("li.bad")).to_contain_text("bulk.one Somebody else has answered")
        await expect(page.locator("li.good")).to_contain_text("bulk.two Accepted")
        await screenshot(page, "recovery-bulk", full=True)
    rows = await house.recovery.reviews.queue(Filters(status="any", username="bulk"))
    for row in rows:
        account = await house.recovery.pipeline.account(row.failure.account_id)
        await house.comes_to(account, "completed")


async def test_the_story_plays_to_its_end_and_the_bots_learn_from_it(house: House) -> None:
    shown = io.StringIO()
    screen = RecoveryScreen(Console(file=shown, width=400))
    found = house.stage.found("bot_recovery")

    await Story(found, house.recovery, screen, unattended=True).play()

    told = shown.getvalue()
    assert "e-mail to" in told
    assert "retry 2 of 3: 3 of 4 retries (75%) held" in told
    rows = await house.recovery.reviews.queue(Filters(status="any"))
    ends = {one.failure.username.split(".")[0]: one.failure.account_status for one in rows}
    assert ends.pop("noa") == "retired"
    names = ("mia", "jon", "ana", "lea", "kai", "cora", "ida", "ole", "pia", "otto")
    assert [ends[name] for name in names] == ["completed"] * len(names)
    async with house.chromium.visitor(house.recovery.desk_url) as page:
        await signed_in(house, page)
        await page.click("text=Report")
        learnt = page.locator("section", has=page.locator("#learnt"))
        await expect(learnt).to_contain_text("a captcha is for a person")
        await expect(learnt).to_contain_text("4 of 6 retries (67%) held, at least 60%")
        success = page.locator("section", has=page.locator("#success"))
        await expect(success).to_contain_text("Automatic retry")
        await expect(page.locator("section", has=page.locator("#patterns"))).to_contain_text(
            "site error"
        )
        assert await barriers(page) == []
        await screenshot(page, "recovery-report", full=True)


async def test_nothing_stays_stuck(house: House) -> None:
    recovery, agent = house.recovery, house.recovery.agent
    # The bot dies in the middle of a phase.
    cut = await recovery.enrol("cut.off", CONTENT, {"profile": [Trouble.HANG]})
    work = asyncio.create_task(recovery.begin(cut))
    await eventually(lambda: has_met_its_trouble(house, "cut.off"))
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    # A question is lost: Handraise is away when it should be asked.
    hand = agent.runtime.hand
    async with Handraise(NOWHERE, "hr_x_y", pace=Pace(patience_seconds=0)) as away:
        agent.runtime.hand = away
        with pytest.raises(HandraiseError):
            await house.begun("not.asked", {}, profile=[Trouble.CAPTCHA])
        agent.runtime.hand = hand
    # An answer is lost: its callback goes nowhere.
    webhook, agent.runtime.callback_webhook = agent.runtime.callback_webhook, f"{NOWHERE}/resume"
    deaf = await house.begun("never.told", post=[Trouble.CAPTCHA])
    agent.runtime.callback_webhook = webhook
    unheard = (await house.failure(deaf)).request_id or ""
    member = recovery.members.named("never.told")
    member.solve(member.code)
    await house.resolve(deaf, Solution.RESET_ACCOUNT, notes="Begin again")
    await hand.wait(unheard)
    # An account is taken on, and the process ends before its workflow starts.
    idle = await recovery.enrol("never.begun", CONTENT)

    swept = await recovery.watchdog.sweep()

    assert "never.told" in swept.answers_fetched
    assert swept.started == ["never.begun"]
    for account in (cut, deaf, idle):
        assert (await recovery.pipeline.account(account.id)).status == "completed"
    assert ("bot", "try_again") in await house.timeline(cut)
    assert (await house.timeline(deaf)).count(("bot", "save_profile")) == 2
    rows = await recovery.reviews.queue(Filters(username="not.asked"))
    assert rows[0].failure.request_id
    assert (await hand.get(rows[0].failure.request_id)).outcome is None
    assert await recovery.watchdog.sweep() == Swept(asked=0)


async def test_an_unanswered_question_climbs_and_is_asked_anew(house: House) -> None:
    # The page writes two spaces as one, so the bot does not find what it expects there.
    account = await house.begun("no.answer", {"follow_people": {"follow": ["two  words"]}})
    first = await house.failure(account)
    assert (first.type, first.priority) == ("unknown", "low")

    async def asked_again() -> bool:
        return (await house.failure(account)).asks == 2

    await eventually(asked_again, within_seconds=60)
    climbed = [one.event for one in await house.recovery.agent.hand.history(first.request_id or "")]
    assert sum("scalated" in one for one in climbed) >= 2, climbed
    second = await house.failure(account)
    assert second.priority == "medium"
    assert second.request_id != first.request_id
    await house.recovery.agent.hand.cancel(second.request_id or "", "By mistake")

    async def asked_once_more() -> bool:
        return (await house.failure(account)).asks == 3

    await eventually(asked_once_more)
    assert (await house.failure(account)).priority == "high"
    await house.resolve(account, Solution.SKIP_PHASE)
    await house.comes_to(account, "completed")


async def test_a_site_that_never_answers_is_not_waited_for(house: House) -> None:
    member = house.recovery.members.join("silent", "t-1", {"profile": [Trouble.HANG]})
    account = Account(0, member.username, AccountStatus.ACTIVE, member.token, 1)
    content = {"bio": "x"}
    phase = Phase(0, "set_up_profile", 0, PhaseStatus.PENDING, 0, 0, content, None, None, None)
    noted: list[str] = []

    async def note(step: Step, failed: Captured | None) -> None:
        noted.append(f"{step.action} {failed is None}")

    bot = Bot(house.chromium._browser, house.recovery.site_url, 2)
    async with bot.session(account) as session:
        failed = await session.attempt(phase, note)

    assert failed is not None
    assert failed.type is FailureType.TIMEOUT
    assert "t-1" not in failed.url
    assert noted[-1].endswith("False")


async def test_the_desk_lets_in_only_who_has_a_link_and_takes_only_its_own_forms(
    house: House,
) -> None:
    account = await house.begun("locked.away", profile=[Trouble.CAPTCHA])
    failure = await house.failure(account)
    assert "note" in await house.resolve(account, Solution.RESET_ACCOUNT)
    link = house.recovery.sign_in["Mara Lindqvist"]
    async with httpx.AsyncClient(base_url=house.recovery.desk_url, trust_env=False) as http:
        for path in ("/", "/log", "/report", f"/reviews/{failure.id}/screenshot"):
            assert (await http.get(path)).status_code == 403
        assert (await http.get(f"{link}0")).status_code == 404
        assert (await http.post(link)).status_code == 303
        shown = await http.get(f"/reviews/{failure.id}")
        assert shown.status_code == 200
        assert "script" not in shown.headers["content-security-policy"]
        posted = {"decision": "skip_phase", "form_token": "0" * 64}
        assert (await http.post(f"/reviews/{failure.id}", data=posted)).status_code == 403
        assert (await http.post("/resume", json={"event": "request.responded"})).status_code == 401
    assert (await house.failure(account)).is_open


async def has_met_its_trouble(house: House, username: str) -> bool:
    return not any(house.recovery.members.named(username).troubles.values())
