"""A real browser for tests of the pages: visitors with a screen of their own, axe, screenshots."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Error, Page, async_playwright, expect

from examples.common import chromium
from tests.support.eventually import eventually
from tests.support.processes import ROOT

SCREENSHOTS = ROOT / ".run" / "screenshots"
DESK = (1280, 800)
PHONE = (390, 844)
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
TRIES, NO_PICTURE = 5, "Unable to capture screenshot"
# WCAG 2.0 to 2.2, levels A and AA, by axe's own tags.
STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_serious = {"serious", "critical"}


class Chromium:
    """A running browser; each visitor has cookies of their own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @asynccontextmanager
    async def visitor(
        self,
        base_url: str,
        *,
        size: tuple[int, int] = DESK,
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
    ) -> AsyncGenerator[Page]:
        """An empty page of a new visitor; what its scripts throw fails the test at the end."""
        context = await self._browser.new_context(
            base_url=base_url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            has_touch=size == PHONE,
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda said: (
                errors.append(said.text) if "Content Security Policy" in said.text else None
            ),
        )
        try:
            yield page
        finally:
            await context.close()
        assert not errors, errors


@asynccontextmanager
async def chromium_running() -> AsyncGenerator[Chromium]:
    """Starts the browser without a window, and ends it."""
    async with async_playwright() as playwright:
        # Containers have little shared memory, and as root there is no sandbox.
        browser = await playwright.chromium.launch(
            executable_path=chromium.ensure(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield Chromium(browser)
        finally:
            await browser.close()


async def screenshot(page: Page, name: str, *, full: bool = False) -> Path:
    """Keeps what the page looks like as `.run/screenshots/<name>.png`."""
    path = SCREENSHOTS / f"{name}.png"
    # A browser on a busy machine sometimes has no picture yet; nothing is judged by it.
    for _ in range(TRIES):
        try:
            await page.screenshot(path=path, full_page=full)
            break
        except Error as error:
            if NO_PICTURE not in error.message:
                raise
    return path


async def reload_until(page: Page, text: str) -> None:
    """Reloads a page that does not renew itself until it shows the text, as a person would."""

    async def shown() -> bool:
        await page.reload()
        return text in await page.locator("main").inner_text()

    await eventually(shown)


async def barriers(page: Page) -> list[str]:
    """What keeps people out, by axe-core: serious breaches of WCAG 2.2 AA, one line each."""
    options: dict[str, Any] = {"runOnly": list(STANDARD), "resultTypes": ["violations"]}
    found = (await Axe().run(page, options=options)).response["violations"]
    return [
        f"{breach['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for breach in found
        if breach["impact"] in _serious
        for node in breach["nodes"]
    ]


async def scrolls_sideways(page: Page) -> bool:
    """Whether something is wider than the screen."""
    return bool(
        await page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )
