"""A tenant's commands beyond its part wait in its own line, not in anybody else's way."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

import api.limits.fairness
from api.errors import Saturated
from api.limits.fairness import FairCommands, Lanes
from event_schemas.types import Claim, Command, Reply
from kernel.commands import command_for
from tests.support.questions import ADA
from tests.unit.api.moments import NOON


def command(tenant: str) -> Command:
    return command_for(Claim(), request_id="r", actor=replace(ADA, tenant=tenant), now=NOON)


@dataclass
class Writer:
    """Takes commands and answers none until it is told to."""

    taken: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, command: Command, timeout_seconds: float = 5) -> Reply | None:
        self.taken.append(command.tenant)
        await self.done.wait()
        return None


async def test_a_flood_has_its_part_on_the_way_and_the_others_are_not_behind_it() -> None:
    writer = Writer()
    fair = FairCommands(writer, at_once_per_tenant=2)
    asked = [asyncio.create_task(fair.ask(command("flood"))) for _ in range(10)]
    asked.append(asyncio.create_task(fair.ask(command("quiet"))))
    await _settled()
    assert sorted(writer.taken) == ["flood", "flood", "quiet"]
    writer.done.set()
    await asyncio.gather(*asked)
    assert writer.taken.count("flood") == 10


async def test_who_waits_too_long_for_a_turn_is_told_that_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api.limits.fairness, "WAIT_SECONDS", 0.01)
    writer = Writer()
    fair = FairCommands(writer, at_once_per_tenant=1)
    first = asyncio.create_task(fair.ask(command("t")))
    await _settled()
    with pytest.raises(Saturated):
        await fair.ask(command("t"))
    assert writer.taken == ["t"]
    writer.done.set()
    await first


async def test_lanes_that_nobody_uses_are_forgotten() -> None:
    lanes = Lanes("things", 1)
    for name in map(str, range(100)):
        async with lanes.turn(name, 1):
            assert lanes.names == {name}
    assert lanes.names == set()


async def test_a_turn_is_given_on_whatever_happened_in_it() -> None:
    lanes = Lanes("things", 1)
    with pytest.raises(ValueError, match="oh"):
        async with lanes.turn("t", 1):
            raise ValueError("oh")
    async with lanes.turn("t", 1):
        pass


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
