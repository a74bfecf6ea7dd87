"""`make bench`: lives over REST on the running stack, at a steady 20/s and at 64 in flight."""

import argparse
import asyncio
import json
import statistics

from bench.lives import Figures, Lives
from bench.target import from_environment


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(name: str, figures: Figures) -> dict[str, object]:
    """The figures of one run, for people and programs."""
    return {
        "run": name,
        "lives_per_second": round(figures.lives_per_second, 1),
        "cpu_ms_per_life": round(sum(figures.cpu_ms_per_life.values()), 2),
        "cpu_ms_by_process": {k: round(v, 2) for k, v in figures.cpu_ms_per_life.items()},
        "opened_ms": _spread(figures.opened_ms),
        "answered_to_called_ms": _spread(figures.called_ms),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "p50": round(statistics.median(values), 1),
        "p99": round(percentile(values, 0.99), 1),
        "max": round(max(values), 1),
    }


async def measure(count: int) -> list[dict[str, object]]:
    """Runs the measurements one after another."""
    lives = Lives(from_environment())
    print("warming up", flush=True)
    await lives.run(50, in_flight=8)
    print("at 20 a second", flush=True)
    steady = await lives.run(count, in_flight=64, per_second=20)
    print("at 64 in flight", flush=True)
    full = await lives.run(count * 3, in_flight=64)
    return [summary("20/s", steady), summary("64 in flight", full)]


def main() -> int:
    """Prints the figures, as JSON lines with `--json`."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--count", type=int, default=400, help="lives in the steady run")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    for figures in asyncio.run(measure(said.count)):
        print(json.dumps(figures) if said.json else json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
