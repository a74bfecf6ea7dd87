"""`make bench`: what Handraise reaches on this machine, beside goals and limits of the same run."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import deciding, resuming, timers, views
from bench.lives import Lives, summary
from bench.rows import Row, rows_of
from bench.target import from_environment

WARM_UP = 300
IN_FLIGHT = 64
PER_SECOND = 20


async def lives(count: int) -> dict[str, Any]:
    """Whole lives over REST, at a steady rate and with many in flight."""
    driven = Lives(from_environment())
    print("  warming up", flush=True)
    await driven.run(WARM_UP, in_flight=8)
    print(f"  at {PER_SECOND} a second", flush=True)
    steady = await driven.run(count, in_flight=IN_FLIGHT, per_second=PER_SECOND)
    print(f"  {IN_FLIGHT} in flight", flush=True)
    full = await driven.run(count * 3, in_flight=IN_FLIGHT)
    return {"steady": summary(steady), "in_flight": summary(full)}


def parts(scale: float) -> dict[str, Callable[[], Awaitable[dict[str, Any]]]]:
    """What can be measured, by name; `scale` shrinks or stretches how much of it."""
    return {
        "lives": lambda: lives(int(400 * scale)),
        "deciding": lambda: deciding.measure(int(20_000 * scale)),
        "timers": lambda: timers.measure(int(1_000_000 * scale), 10_000),
        "views": lambda: views.measure(scale),
        "resuming": lambda: resuming.measure(from_environment()),
    }


async def measure(wanted: list[str], scale: float) -> dict[str, Any]:
    """The figures of the wanted parts, one after another."""
    found: dict[str, Any] = {}
    for name, take in parts(scale).items():
        if name in wanted:
            print(name, flush=True)
            found[name] = await take()
    return found


def show(rows: list[Row]) -> None:
    """Prints the table."""
    table = Table("measure", "goal", "reached", "limit, same run", title="Handraise")
    for row in rows:
        table.add_row(row.measure, row.goal, row.reached, row.limit)
    Console().print(table)


def main() -> int:
    """Measures what is asked for; the figures go to a table, and with `--json` to a file."""
    every = list(parts(1))
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="part", help=", ".join(every))
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 is ten times less of it")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write all figures here")
    said = parser.parse_args()
    unknown = [name for name in said.part if name not in every]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(every)}")
    found = asyncio.run(measure(said.part or every, said.scale))
    if said.json:
        said.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    show(rows_of(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
