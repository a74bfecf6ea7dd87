"""The bot: does a phase of an account's warm-up in a real browser, and says how it failed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Error, Page, Response, ViewportSize, async_playwright
from playwright.async_api import TimeoutError as TooSlow

from examples.bot_recovery.failures import Captured, FailureType, Seen, classify
from examples.bot_recovery.warmup import Account, Phase
from examples.common import chromium

_AT_ONCE = 2
_STUCK = (FailureType.TIMEOUT, FailureType.BOT_CRASHED)
_WINDOW: ViewportSize = {"width": 800, "height": 520}
_PHASE_SECONDS = 120
_PICTURE_MS = 5_000
_LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: the page, the fields to fill, the button, and what the site says then."""

    action: str
    target: str
    path: str
    fields: tuple[tuple[str, str], ...]
    button: str
    expected: str


Note = Callable[[Step, Captured | None], Awaitable[None]]
"""Writes into the timeline that a step was done, or how it failed."""


def steps_of(phase: Phase) -> Sequence[Step]:
    """What a phase consists of. Each step may be done twice without harm."""
    content = phase.content
    match phase.name:
        case "set_up_profile":
            fields = (("bio", str(content.get("bio", ""))),)
            return [Step("save_profile", "", "/profile", fields, "Save", "Your profile is saved")]
        case "follow_people":
            return [
                Step("follow", name, "/people", (("name", name),), "Follow", f"You follow {name}")
                for name in content.get("follow", ())
            ]
        case "first_post":
            text = str(content.get("text", ""))
            fields = (("text", text),)
            return [
                Step("publish", text[:60], "/post", fields, "Publish", "Your post is published")
            ]
        case other:
            raise ValueError(f"No bot knows the phase {other}")


def _entering(account: Account) -> Step:
    return Step("enter", account.username, f"/enter/{account.access_token}", (), "", "Hello")


class Bot:
    """Drives a browser; each account has a session of its own, and few work at the same time."""

    def __init__(self, browser: Browser, site_url: str, patience_seconds: float) -> None:
        self._browser = browser
        self._site_url = site_url
        self._patience_ms = patience_seconds * 1000
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def session(self, account: Account) -> AsyncGenerator["Session"]:
        """An account's session at the site; it begins with the first phase that is tried."""
        session = Session(account, self._visitor, self._turns)
        try:
            yield session
        finally:
            await session.leave()

    async def _visitor(self) -> Page:
        context = await self._browser.new_context(base_url=self._site_url, viewport=_WINDOW)
        context.set_default_timeout(self._patience_ms)
        return await context.new_page()


class Session:
    """Signs in once, and does phases; it begins afresh where the page may be stuck."""

    def __init__(
        self, account: Account, visitor: Callable[[], Awaitable[Page]], turns: asyncio.Semaphore
    ) -> None:
        self._account = account
        self._visitor = visitor
        self._turns = turns
        self._visit: _Visit | None = None

    async def attempt(self, phase: Phase, note: Note) -> Captured | None:
        """Do a phase from its beginning; None when it went well, else the failure."""
        async with self._turns:
            begins = self._visit is None
            if self._visit is None:
                self._visit = _Visit(await self._visitor())
            steps = [*([_entering(self._account)] if begins else []), *steps_of(phase)]
            failed = await self._visit.do(steps, note)
            if failed is not None and failed.type in _STUCK:
                await self.leave()
            return failed

    async def leave(self) -> None:
        """End the session at the site, if there is one."""
        if self._visit is not None:
            visit, self._visit = self._visit, None
            await visit.end()


class _Visit:
    """A browser's page, its last status, and what was being done."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._status: int | None = None
        self._action = "enter"
        page.on("response", self._heard)

    async def do(self, steps: Sequence[Step], note: Note) -> Captured | None:
        """Take the steps one after another; the failure of the first that fails."""
        try:
            async with asyncio.timeout(_PHASE_SECONDS):
                for step in steps:
                    failed = await self._step(step)
                    await note(step, failed)
                    if failed is not None:
                        return failed
                return None
        except TimeoutError:
            words = f"The phase took longer than {_PHASE_SECONDS} s"
            return await self.captured(FailureType.TIMEOUT, words)
        except Error as error:
            words = f"The browser failed: {error.message.splitlines()[0]}"
            return await self.captured(FailureType.BOT_CRASHED, words)

    async def end(self) -> None:
        """Close the page and forget the cookies; a browser that has died has none left."""
        with suppress(Error):
            await self._page.context.close()

    async def captured(self, kind: FailureType, reason: str) -> Captured:
        """The failure, with the page as it is."""
        return Captured(
            type=kind,
            reason=reason,
            action=self._action,
            url=self._page.url.partition("/enter/")[0],
            page_text=await self._text(),
            screenshot=await self._picture(),
        )

    async def _step(self, step: Step) -> Captured | None:
        self._action = step.action
        timed_out = False
        try:
            await self._page.goto(step.path)
            if step.button:
                for name, value in step.fields:
                    await self._page.fill(f"[name={name}]", value)
                async with self._page.expect_navigation():
                    await self._page.click(f"button:has-text('{step.button}')")
        except TooSlow:
            timed_out = True
            await self._stop_loading()
        text = await self._text()
        if not timed_out and step.expected in text:
            return None
        seen = Seen(
            url=self._page.url,
            status=self._status,
            text=text,
            expected=step.expected,
            timed_out=timed_out,
        )
        return await self.captured(*classify(seen))

    def _heard(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._status = response.status

    async def _stop_loading(self) -> None:
        """Give a page up that does not come; until then the one before it can't be read."""
        with suppress(Error):
            session = await self._page.context.new_cdp_session(self._page)
            await session.send("Page.stopLoading")

    async def _text(self) -> str:
        try:
            return (await self._page.inner_text("main", timeout=_PICTURE_MS))[:_LONGEST_TEXT]
        except Error:
            return ""

    async def _picture(self) -> bytes | None:
        try:
            return await self._page.screenshot(timeout=_PICTURE_MS)
        except Error:
            return None


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser]:
    """A Chromium without a window."""
    path = await asyncio.to_thread(chromium.ensure)
    async with async_playwright() as playwright:
        # Containers have little shared memory, and as root there is no sandbox.
        running: Any = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield running
        finally:
            await running.close()
