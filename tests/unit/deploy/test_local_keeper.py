"""Keeping a process alive, by a clock that the test holds."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from deploy.local.keeper import STEADY_SECONDS, Keeper, State, backoff_seconds
from deploy.local.server import Server


@dataclass
class ToyChild:
    running: bool = True
    exit_code: int | None = None


@dataclass
class ToyServer:
    """A server that lives and dies as the test says."""

    name: str = "toy"
    child: ToyChild = field(default_factory=ToyChild)
    starts: int = 0
    cannot_start: bool = False

    def spawn(self) -> None:
        if self.cannot_start:
            raise OSError("no such program")
        self.starts += 1
        self.child = ToyChild()

    def die(self) -> None:
        self.child = ToyChild(running=False, exit_code=-9)


@pytest.fixture
def server() -> ToyServer:
    return ToyServer()


@pytest.fixture
def keeper(server: ToyServer) -> Keeper:
    return Keeper(cast(Server, server), started_at=0.0)


def test_a_process_that_lives_is_left_alone(keeper: Keeper, server: ToyServer) -> None:
    keeper.look(10.0)
    assert server.starts == 0


def test_a_process_that_died_is_started_again_after_its_wait(
    keeper: Keeper, server: ToyServer
) -> None:
    server.die()
    keeper.look(10.0)
    keeper.look(10.0 + backoff_seconds(1) - 0.01)
    assert (server.starts, keeper.state) == (0, State.WAITING)

    keeper.look(10.0 + backoff_seconds(1))
    assert (server.starts, keeper.state, keeper.restarts) == (1, State.STARTING, 1)


def test_each_death_in_a_row_doubles_the_wait_up_to_a_limit() -> None:
    waits = [backoff_seconds(failures) for failures in range(1, 10)]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == waits[-2] == 30.0


def test_a_process_that_stayed_up_begins_with_the_short_wait_again(
    keeper: Keeper, server: ToyServer
) -> None:
    for now in (10.0, 20.0):
        server.die()
        keeper.look(now)
        keeper.look(now + 5)
    assert keeper.failures == 2

    keeper.look(25.0 + STEADY_SECONDS)
    server.die()
    keeper.look(26.0 + STEADY_SECONDS)
    assert keeper.failures == 1


def test_a_process_that_cannot_be_started_is_tried_again_later(
    keeper: Keeper, server: ToyServer
) -> None:
    server.die()
    server.cannot_start = True
    keeper.look(10.0)
    keeper.look(11.0)
    assert "no such program" in keeper.news()[-1]

    server.cannot_start = False
    keeper.look(12.5)
    assert server.starts == 1


def test_death_and_recovery_are_told_once_each(keeper: Keeper, server: ToyServer) -> None:
    keeper.hear(ready=True)
    assert keeper.news() == []

    server.die()
    keeper.look(10.0)
    keeper.look(11.0)
    keeper.hear(ready=True)
    keeper.hear(ready=True)
    assert keeper.news() == [
        "toy ended with exit code -9; it is started again in 0.5 s.",
        "toy is ready again.",
    ]
    assert keeper.news() == []


def test_a_process_that_stops_answering_is_shown_as_not_ready(keeper: Keeper) -> None:
    keeper.hear(ready=True)
    keeper.hear(ready=False)
    assert keeper.state is State.UNREADY
    assert keeper.news() == ["toy is not ready any more."]


def test_an_answer_that_comes_after_the_death_does_not_count(
    keeper: Keeper, server: ToyServer
) -> None:
    server.die()
    keeper.look(10.0)
    keeper.hear(ready=True)
    assert keeper.state is State.WAITING
