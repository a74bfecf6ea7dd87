"""The marketplace in a real browser, on a real Handraise: users ask an agent's creator for help."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from io import StringIO

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect
from rich.console import Console

from examples.common.screen import Screen
from examples.creator_reviews.play import LETTER, Play
from examples.creator_reviews.reviews import Reviews
from tests.support.browser import (
    PHONE,
    barriers,
    reload_until,
    screenshot,
    scrolls_sideways,
)
from tests.support.mall import Mall, mall_on, run_letters
from tests.support.servers import fresh_database
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "The parcel is late. It rains. The parcel office is closed. Nobody knows why."
NOTE = "The tone is too formal, can you help? <b>Please</b>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mall(playing: Stage, postgres: str) -> AsyncIterator[Mall]:
    with fresh_database(postgres) as own:
        async with mall_on(playing, own) as opened:
            yield opened


async def test_a_user_asks_and_the_creator_writes_reruns_and_edits(mall: Mall) -> None:
    async with mall.visitor("ursula") as user, mall.visitor("carla", "/inbox") as creator:
        await run_letters(user)
        await screenshot(user, "market-result")
        await user.fill("[name=note]", NOTE)
        await user.click("text=Ask Expert: 45 credits")
        await expect(user.locator("#status")).to_contain_text("AWAITING_REVIEW")
        await expect(user.locator("#balance")).to_have_text("150 credits")

        # Given that nobody reloads: the question comes up in the creator's inbox by itself.
        await expect(creator.locator("#waiting")).to_contain_text("1 waiting")
        await creator.click("text=The tone is too formal")
        await expect(creator.locator("#take")).to_be_visible()
        await creator.fill("#say [name=text]", "Do you know her well?")
        await creator.click("text=Send")
        await expect(user.locator("#review")).to_contain_text("Do you know her well?")
        await expect(user.locator("#news")).to_contain_text("Carla Conti is working on it")
        await user.fill("#act [name=text]", "She is my <i>aunt</i>.")
        await user.click("text=Send")
        await expect(creator.locator("#talk")).to_contain_text("She is my <i>aunt</i>.")
        assert await barriers(user) == []
        await screenshot(user, "market-waiting")

        await creator.select_option("#p-tone", "friendly")
        await creator.click("text=Run again, free")
        await expect(creator.locator("#output")).to_contain_text("Hi Mrs Okafor!")
        await expect(user.locator("main")).not_to_contain_text("Hi Mrs Okafor!")
        assert await barriers(creator) == []
        await screenshot(creator, "market-panes", full=True)
        text = await creator.input_value("#edited")
        await creator.fill("#edited", text.replace("Hi Mrs Okafor!", "Dear aunt Ada,"))
        await creator.fill("#note", "Warmer now.")
        await creator.click("text=Deliver this text")
        await expect(creator.locator("#status")).to_contain_text("COMPLETED")

        await expect(user.locator("#news")).to_contain_text("Your review is complete")
        await expect(user.locator("#edited")).to_contain_text("Dear aunt Ada,")
        await expect(user.locator("#original")).to_contain_text("Dear Mrs Okafor,")
        await expect(user.locator("#review")).to_contain_text("Warmer now.")
        await expect(user.locator("#balance")).to_have_text("150 credits")
        await screenshot(user, "market-completed", full=True)
        await user.goto("/reviews")
        await expect(user.locator("#list")).to_contain_text("COMPLETED")
    assert await mall.balance("carla") == 45


async def test_a_review_is_offered_only_where_the_creator_gives_some(mall: Mall) -> None:
    async with mall.program("omar") as omar:
        run = await omar.post("/agents/headlines/executions", json={"inputs": {"text": TEXT}})
        path = f"/executions/{run.json()['id']}"
        before = await mall.balance("omar")
        refused = await omar.post(f"{path}/review", json={"note": NOTE})
        assert (refused.status_code, refused.json()["code"]) == (409, "reviews_not_offered")
        assert (await omar.get(path)).json()["status"] == "COMPLETED"
        assert await mall.balance("omar") == before
        for inputs in ({"text": "a\0b"}, {"text": " "}, {}):
            odd = await omar.post("/agents/headlines/executions", json={"inputs": inputs})
            assert odd.status_code == 422, odd.text
        for wrong in ("/executions/1", f"/executions/{uuid.uuid4()}"):
            assert (await omar.get(wrong)).status_code == 404
        async with mall.program("ursula") as other:
            assert (await other.get(path)).status_code == 404
            assert (await other.post(f"{path}/review", json={"note": NOTE})).status_code == 404
        async with httpx.AsyncClient(base_url=mall.market.url) as nobody:
            assert (await nobody.get(f"/api{path}")).status_code == 403
            assert (await nobody.get("/inbox")).status_code == 403
    async with mall.visitor("omar", path) as page:
        await expect(page.locator("#act")).to_contain_text("gives no reviews of this agent")
        await expect(page.locator("[name=note]")).to_have_count(0)
        token = await page.locator("[name=form_token]").first.get_attribute("value") or ""
        for form_token, origin, status in (
            (token, mall.market.url, 409),
            ("forged", mall.market.url, 403),
            (token, "https://elsewhere.example", 403),
        ):
            answer = await page.request.post(
                f"{mall.market.url}{path}/review",
                form={"form_token": form_token, "note": NOTE},
                headers={"Origin": origin},
            )
            assert answer.status == status


async def test_nobody_answers_and_everything_is_as_it_was(mall: Mall) -> None:
    catalog = mall.market.shop.catalog
    agent = await catalog.agent("summaries")
    await catalog.put_agent(replace(agent, review_seconds=2))
    async with mall.program("omar") as omar:
        run = await omar.post("/agents/summaries/executions", json={"inputs": {"text": TEXT}})
        path = f"/executions/{run.json()['id']}"
        before = await mall.balance("omar")
        async with mall.visitor("omar", path, javascript=False) as page:
            # Given a browser without scripts, which sees what is new when it looks again.
            await page.fill("[name=note]", "Is this all?")
            await page.click("text=Ask Expert")
            await reload_until(page, "did not answer in time")
            await expect(page.locator("#status")).to_contain_text("COMPLETED")
            await expect(page.locator("[name=note]")).to_be_visible()
        await catalog.put_agent(agent)
        ended = (await omar.get(path)).json()
        assert (ended["review_status"], ended["review_outcome"]) == ("NONE", "timed_out")
        assert ended["output"] == ended["original_output"] == run.json()["output"]
        assert ended["reviewed_at"] is None
        assert await mall.balance("omar") == before
    assert await mall.told_by_mail("omar", "did not answer in time. Your 45 credits are back")


async def test_the_creator_answers_at_handraise_by_running_it_again(mall: Mall) -> None:
    async with mall.program("ursula") as ursula:
        run = await ursula.post("/agents/letters/executions", json={"inputs": LETTER})
        path = f"/executions/{run.json()['id']}"
        asked = await ursula.post(f"{path}/review", json={"note": NOTE})
        assert asked.json()["status"] == "AWAITING_REVIEW"
        twice = await ursula.post(f"{path}/review", json={"note": NOTE})
        assert (twice.status_code, twice.json()["code"]) == (409, "already_asked")
        before = await mall.balance("ursula")
        assert await mall.told_by_mail("carla", "The tone is too formal")
        address = await mall.request_address(asked.json()["id"])
        async with mall.handraise_visitor("carla", address) as page:
            inputs = page.locator("[data-part=inputs]")
            await expect(inputs).to_contain_text("Mrs Okafor")
            await expect(page.locator("[data-part=output]")).to_contain_text("Dear Mrs Okafor")
            await expect(page.locator("[data-part=conversation]")).to_contain_text("too formal")
            await page.click("text=Claim")
            await mall.comes_to(ursula, path, "IN_PROGRESS")
            await page.goto(address)
            await page.get_by_label("Tone").select_option(label="friendly")
            await screenshot(page, "market-at-handraise", full=True)
            await page.click("button[value=rerun]")
            found = await mall.comes_to(ursula, path, "COMPLETED")
        assert await mall.is_called_back(found["id"])
        assert found["output"].startswith("Hi Mrs Okafor!")
        assert found["original_output"].startswith("Dear Mrs Okafor,")
        assert await mall.balance("ursula") == before
        again = await ursula.post(f"{path}/review", json={"note": NOTE})
        assert (again.status_code, again.json()["code"]) == (409, "already_reviewed")
    assert await mall.told_by_mail("ursula", "has run it again for you, at no further cost")


async def test_withdrawn_and_declined_questions_cost_nothing(mall: Mall) -> None:
    before = await mall.balance("ursula")
    async with mall.visitor("ursula", size=PHONE, scheme="dark") as user:
        await run_letters(user)
        await user.fill("[name=note]", NOTE)
        await user.click("text=Ask Expert")
        await user.click("text=Withdraw the question")
        await expect(user.locator("#news")).to_contain_text("withdrawn")
        await expect(user.locator("#balance")).to_have_text(f"{before - 5} credits")
        await user.fill("[name=note]", "Please help after all")
        await user.click("text=Ask Expert")
        async with mall.visitor("carla", "/inbox", size=PHONE, scheme="dark") as creator:
            assert await barriers(creator) == []
            assert not await scrolls_sideways(creator)
            await screenshot(creator, "market-inbox-phone")
            await creator.click("text=Please help after all")
            await expect(creator.locator("#take")).to_be_visible()
            await creator.click("text=Take it on")
            await expect(user.locator("#news")).to_contain_text("is working on it")
            await creator.click("button[value=decline]")
            await expect(creator.locator("h1")).to_contain_text("what the user should know")
            await creator.go_back()
            await creator.fill("#note", "I know no Mrs Okafor.")
            assert await barriers(creator) == []
            assert not await scrolls_sideways(creator)
            await screenshot(creator, "market-panes-phone", full=True)
            await creator.click("button[value=decline]")
            await expect(creator.locator("#status")).to_contain_text("declined")
        await expect(user.locator("#news")).to_contain_text("Your 45 credits are back")
        await expect(user.locator("#review")).to_contain_text("I know no Mrs Okafor.")
        await expect(user.locator("#balance")).to_have_text(f"{before - 5} credits")


@pytest.mark.parametrize("path", ["/", "/agents/letters", "/reviews", "/credits"])
async def test_pages_keep_nobody_out_on_a_phone_in_the_dark(mall: Mall, path: str) -> None:
    async with mall.visitor("ursula", path, size=PHONE, scheme="dark") as page:
        assert await barriers(page) == []
        assert not await scrolls_sideways(page)
        await screenshot(page, f"market-phone-{path.strip('/').replace('/', '-') or 'home'}")


async def test_what_was_paid_and_not_asked_before_a_crash_is_asked_later(mall: Mall) -> None:
    async with mall.program("ursula") as ursula:
        run = (await ursula.post("/agents/letters/executions", json={"inputs": LETTER})).json()
        # Given a process that was gone right after it had reserved the credits.
        shop = mall.market.shop
        execution = await shop.executions.get(run["id"], "ursula")
        reviews = Reviews(mall.market.pool, mall.market.url)
        await reviews.ask(execution, await shop.catalog.agent("letters"), NOTE)
        address = await mall.request_address(run["id"])
        assert address.startswith("/requests/")
        withdrawn = await ursula.delete(f"/executions/{run['id']}/review")
        assert withdrawn.json()["review_outcome"] == "cancelled"


async def test_the_story_plays_by_itself(mall: Mall) -> None:
    said = StringIO()
    screen = Screen(Console(file=said, width=100))
    found = mall.stage.found("creator_reviews")
    await Play(found, mall.market, screen, "edit").play()
    told = said.getvalue()
    for words in (
        "execution: AWAITING_REVIEW, review: PENDING",
        "e-mail to carla@market.example.org",
        "Ursula: She is my aunt.",
        "The review is COMPLETED",
        "Dear aunt Ada,",
        "409 reviews_not_offered",
        "timed_out: execution COMPLETED, the result as it was",
    ):
        assert words in told, told
