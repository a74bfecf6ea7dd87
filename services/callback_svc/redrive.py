"""Shows exhausted callbacks and sends them again: `python -m services.callback_svc.redrive`.

Without --who it only lists what it would send again. What is sent again keeps its webhook-id and
its bytes, and goes through the whole schedule anew; a callback_svc that runs does the sending.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from kernel.errors import HandraiseError
from kernel.outbound.redriving import (
    REDRIVE_MAX,
    StuckCallback,
    Which,
    redrive_all,
    stuck_callbacks,
)
from kernel.postgres import connect
from kernel.settings import Settings

SHOWN = 50


async def run(settings: Settings, which: Which, who: str | None) -> list[str]:
    """Does it; gives the lines to print.

    Raises:
        HandraiseError: the database is away or refuses us.
    """
    pool = await connect(settings.pg_dsn, max_size=1)
    try:
        if who is not None:
            return [f"{await _redriven(pool, which, who)} callbacks are sent again"]
        found = await stuck_callbacks(pool, which, limit=SHOWN + 1)
        lines = [_line(one) for one in found[:SHOWN]]
        more = ["… and more"] if len(found) > SHOWN else []
        return [*lines, *more, "Nothing was sent: --who NAME sends them again"]
    finally:
        pool.terminate()


async def _redriven(pool: object, which: Which, who: str) -> int:
    count = 0
    while batch := await redrive_all(pool, which, who):
        count += batch
        if batch < REDRIVE_MAX:
            break
    return count


def _line(one: StuckCallback) -> str:
    at = one.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"{at}  {one.tenant}  {one.event}  request {one.request_id}  {one.webhook_url}"
        f"  {one.attempts} attempts, the last: {one.error}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the operator's words from the command line; exit status 0 when it is done."""
    parser = argparse.ArgumentParser(
        prog="python -m services.callback_svc.redrive",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("--tenant", help="whose callbacks")
    whose.add_argument("--all-tenants", action="store_true")
    parser.add_argument("--request", metavar="ID", help="only those of this request")
    parser.add_argument("--url", help="only those to exactly this callback_webhook")
    parser.add_argument("--since", type=_moment, metavar="TIME", help="made then or later")
    parser.add_argument("--before", type=_moment, metavar="TIME", help="made before")
    parser.add_argument("--who", metavar="NAME", help="who sends them again; it is kept with them")
    said = parser.parse_args(arguments)
    which = Which(
        tenant=said.tenant,
        request_id=said.request,
        target=said.url,
        since=said.since,
        before=said.before,
    )
    try:
        lines = asyncio.run(run(Settings.load(), which, said.who))
    except HandraiseError as error:
        print(f"redrive failed: {error}", file=sys.stderr)  # noqa: T201
        return 1
    for line in lines:
        print(line)  # noqa: T201
    return 0


def _moment(text: str) -> datetime:
    """RFC 3339; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    raise SystemExit(main())
