"""A million steps of faults, and after each seed's last fault all is decided, told and the same.

A failure names its seed and step: `python -m tests.simulator --seed N --steps 25000` replays it.
"""

import pytest

from tests.simulator.build import Build
from tests.simulator.invariants import Broken
from tests.simulator.safeguards import WITHOUT
from tests.simulator.world import World

STEPS = 25_000
SEEDS = range(1, 41)
WITHOUT_STEPS = 5_000
WITHOUT_SEEDS = range(1, 41)

assert STEPS * len(SEEDS) >= 1_000_000


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_given_faults_of_every_kind_then_no_invariant_breaks(seed: int) -> None:
    world = World(seed, Build())

    world.run(STEPS)

    assert len(world.oracle.applied) > STEPS // 100


@pytest.mark.timeout(600)
@pytest.mark.parametrize("safeguard", WITHOUT)
def test_given_a_safeguard_is_switched_off_then_the_simulation_fails(safeguard: str) -> None:
    without = WITHOUT[safeguard]

    with pytest.raises(Broken) as broken:
        run_all(without.build)

    assert broken.value.name in without.breaks


def run_all(build: type[Build]) -> None:
    for seed in WITHOUT_SEEDS:
        World(seed, build()).run(WITHOUT_STEPS)


def test_a_seed_can_be_replayed() -> None:
    first, second = World(3, Build()), World(3, Build())
    for world in (first, second):
        world.run(1_000)

    assert first.broker.log == second.broker.log
    assert first.steps == second.steps
