"""Measures how long pages take to open in a browser, with very many requests waiting.

`python -m bench.pages [--open 100000] [--json PATH]`; the servers are those of HANDRAISE_KAFKA and
HANDRAISE_PG_DSN, on which a front door of its own is started. A page is open when the browser has
loaded it with all that it needs and has painted; the browser runs on the same machine.
"""

import argparse
import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from playwright.async_api import Page

from bench.entries import TENANT
from bench.ground import fresh_ground, process
from bench.queue import fill
from deploy.bootstrap import bootstrap
from kernel.directory.directory import Directory
from kernel.settings import Settings
from tests.support.browser import chromium_running

WAITING, FOLDED, TURNS = 100_000, 2000, 20
EMAIL, PASSWORD = "rae@bench.test", "correct horse battery staple"
PAGES = {
    "queue": "/?view=waiting",
    "queue, least time left first": "/?view=waiting&sort=timeout_at",
    "unassigned": "/?view=unassigned",
    "mine": "/?view=mine",
    "decided": "/?view=decided",
    "a word that a quarter have": "/?view=waiting&q=deploy",
    "a word that one has": "/?view=waiting&q=case-7777",
    "a facet that a third have": "/?view=waiting&facet=risk:high",
    "my activity": "/activity",
    "team load": "/load",
}
_timing = "performance.getEntriesByType('navigation')[0].toJSON()"
_painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


async def measure(waiting: int) -> dict[str, Any]:
    """Milliseconds until each page is open, and until its first byte came."""
    async with fresh_ground([]) as settings:
        await bootstrap(settings)
        await _person(settings)
        await fill(settings.pg_dsn, min(waiting, FOLDED))
        await _multiply(settings.pg_dsn, waiting // FOLDED - 1)
        with process(settings, "api"):
            url = f"http://127.0.0.1:{settings.port_base}"
            await _ready(url)
            async with chromium_running() as chromium, chromium.visitor(url) as page:
                await _sign_in(page)
                return {name: await _opened(page, path) for name, path in PAGES.items()}


async def _multiply(dsn: str, times: int) -> None:
    """Puts so many likenesses beside every row; what pages read is the same, but comes quicker."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "CREATE TEMP TABLE likeness AS SELECT request_id AS old, gen_random_uuid()::text AS id"
            f" FROM inbox.request, generate_series(1, {times})"
        )
        for table in ("request", "question"):
            columns = await connection.fetchval(
                "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attnum > 0"
                " AND NOT attisdropped AND attrelid = $1::regclass AND attname <> 'request_id'",
                f"inbox.{table}",
            )
            await connection.execute(
                f"INSERT INTO inbox.{table} (request_id, {columns}) SELECT id, {columns}"
                f" FROM likeness JOIN inbox.{table} ON request_id = old"
            )
        await connection.execute("UPDATE inbox.tally SET n = n * $1", times + 1)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _person(settings: Settings) -> None:
    directory = await Directory.connect(settings)
    await directory.tenants.create(tenant=TENANT, name=TENANT)
    await directory.people.create(
        tenant=TENANT, email=EMAIL, name="Rae", password=PASSWORD, roles=("lead",)
    )
    await directory.close()


async def _ready(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        for _ in range(300):
            try:
                if (await http.get("/readyz")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError("the front door is not ready")


async def _sign_in(page: Page) -> None:
    await page.goto("/sign-in")
    await page.fill("input[name=email]", EMAIL)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("button.primary")
    await page.wait_for_selector(".bar .nav")


async def _opened(page: Page, path: str) -> dict[str, float]:
    """Of some turns, the first of which may find nothing in the browser's cache."""
    opened: list[float] = []
    answered: list[float] = []
    for _ in range(TURNS):
        await page.goto(path)
        timing: dict[str, float] = await page.evaluate(_timing)
        opened.append(max(timing["loadEventEnd"], await page.evaluate(_painted)))
        answered.append(timing["responseStart"])
    figures = {"open_p50_ms": _share(opened, 0.5), "open_p95_ms": _share(opened, 0.95)}
    figures["first_byte_p50_ms"] = _share(answered, 0.5)
    print(f"  {path}: {figures}", flush=True)
    return figures


def _share(spent: list[float], share: float) -> float:
    return round(sorted(spent)[min(len(spent) - 1, int(share * len(spent)))], 1)


def main() -> int:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("--open", type=int, default=WAITING, help="requests that wait")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures here")
    said = parser.parse_args()
    logging.disable(logging.WARNING)
    found = asyncio.run(measure(said.open))
    if said.json:
        said.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
