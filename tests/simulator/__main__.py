"""Replays seeds: `python -m tests.simulator --seed 7 --steps 25000 [--without SAFEGUARD]`."""

import argparse
import sys
import time

from tests.simulator.build import Build
from tests.simulator.safeguards import WITHOUT
from tests.simulator.world import World


def main() -> int:
    """Runs the seeds; the exit status is 1 if an invariant broke."""
    parser = argparse.ArgumentParser(prog="tests.simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--steps", type=int, default=25_000)
    parser.add_argument("--without", choices=sorted(WITHOUT), help="a safeguard to switch off")
    said = parser.parse_args()
    for seed in range(said.seed, said.seed + said.seeds):
        build = WITHOUT[said.without].build() if said.without else Build()
        world, start = World(seed, build), time.perf_counter()
        world.run(said.steps)
        rate = world.steps / (time.perf_counter() - start)
        admitted, records = len(world.oracle.applied), len(world.broker.log)
        told = f"seed {seed}: {world.steps} steps, {admitted} admitted of {records}, {rate:.0f}/s"
        sys.stdout.write(told + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
