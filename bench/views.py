"""Measures the views: how fast they are rebuilt, and pages and counts of a queue of a million.

`python -m bench.views [--lives 40000] [--open 1000000] [--plans docs/plans/queue.md]`; the servers
are those of HANDRAISE_KAFKA and HANDRAISE_PG_DSN. The limits that a rebuild is held against are
taken in the same run: reading and decoding the log, no more, and COPY of the finished rows.
"""

import argparse
import asyncio
import gc
import io
import json
from pathlib import Path
from typing import Any

from bench.ground import fresh_ground
from bench.queue import measure_reads
from bench.rebuilding import measure_rebuild
from projections.history.wiring import HISTORY
from projections.inbox.wiring import INBOX

VIEWS = (INBOX, HISTORY)
LIVES, WAITING = 40_000, 1_000_000


async def measure(scale: float = 1.0) -> dict[str, Any]:
    """All the figures; at full scale two minutes for rebuilds, and some five to fill a queue."""
    return await taken(int(LIVES * scale), int(WAITING * scale), None)


async def taken(lives: int, waiting: int, plans: Path | None) -> dict[str, Any]:
    """The figures of a log of so many lives and of a queue of so many; 0 leaves a part out."""
    figures: dict[str, Any] = {}
    if lives:
        components = [(view.name, view.migrations) for view in VIEWS]
        async with fresh_ground(components) as settings:
            figures["rebuild"] = await measure_rebuild(settings, VIEWS, lives)
    if waiting:
        async with fresh_ground([(INBOX.name, INBOX.migrations)]) as settings:
            told = io.StringIO()
            figures["queue"] = await measure_reads(settings.pg_dsn, waiting, told)
            if plans is not None:
                await asyncio.to_thread(plans.write_text, told.getvalue())
    return figures


def main() -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(prog="bench.views", description=__doc__)
    parser.add_argument("--lives", type=int, default=LIVES, help="in the log that is rebuilt from")
    parser.add_argument("--open", type=int, default=WAITING, help="in the queue that is read")
    parser.add_argument("--plans", type=Path, help="a file to write the queue's plans to")
    said = parser.parse_args()
    gc.freeze()
    print(json.dumps(asyncio.run(taken(said.lives, said.open, said.plans)), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
