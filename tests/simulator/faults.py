"""What goes wrong: kills, stops, rebalances, broken connections, cut logs, clocks, retention."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulator.oracle import Oracle
from tests.simulator.releases import Release

if TYPE_CHECKING:
    from tests.simulator.world import World

TAIL = 12


class Faults:
    """The faults of a world, each at its rate per step."""

    def __init__(self, world: "World") -> None:
        self._world = world
        rates = world.build.rates
        causes: list[tuple[float, Callable[[], None]]] = [
            (rates.kill, self.kill),
            (rates.stop, self.stop),
            (rates.own, self.rebalance),
            (rates.reconnect, self.reconnect),
            (rates.forget_producer, self.forget_producer),
            (rates.new_entries, self.switch_new_entries_on),
            (rates.retention, self.retain),
            (rates.cut_log, self.cut_log),
            (rates.cut_commands, self.cut_commands),
            (rates.clock_jump, self.jump),
            (rates.long_idle, self.idle),
        ]
        self._causes = causes
        self._any = sum(rate for rate, _ in causes)

    def maybe(self) -> None:
        """Lets something go wrong, or not."""
        chance = self._world.rng.random()
        if chance >= self._any:
            return
        for rate, cause in self._causes:
            if chance < rate:
                cause()
                return
            chance -= rate

    def kill(self) -> None:
        """A process dies; its packets may land all the same."""
        process = self._world.rng.choice(self._world.processes)
        self._world.broker.session(process.session)
        process.dead = True

    def stop(self) -> None:
        """SIGSTOP, and SIGCONT some time later."""
        process = self._world.rng.choice(self._world.processes)
        process.stopped_until = self._world.steps + self._world.rng.randrange(1000)

    def rebalance(self) -> None:
        """Another process owns the partition; others learn of it, or go on believing they do."""
        rng, processes = self._world.rng, self._world.processes
        for process in processes:
            if process.owned and rng.random() < 0.5:
                process.owned = False
                process.dead = process.dead or rng.random() < 0.3
        rng.choice(processes).owned = True

    def reconnect(self) -> None:
        """All connections break."""
        self._world.broker.epoch += 1
        for process in self._world.processes:
            process.relay.disconnect()

    def forget_producer(self) -> None:
        """The broker forgets a producer id."""
        self._world.broker.forget_a_producer(self._world.rng)

    def switch_new_entries_on(self) -> None:
        """Release 2 begins to write what release 1 can't read."""
        Release.new_entries = True

    def retain(self) -> None:
        """Retention passes the head: commands are lost undecided, unless none was waiting."""
        commands = self._world.broker.commands
        commands.first = self._world.rng.randrange(commands.first, commands.end + 1)

    def cut_log(self) -> None:
        """L's tail is lost. What was told of it is lost too; all that is left is to go on."""
        world = self._world
        end = max(0, len(world.broker.log) - world.rng.randrange(1, TAIL))
        world.broker.cut_log(end)
        old = world.oracle
        world.oracle = rebuilt(old, world.broker.log)
        world.relay_position = min(world.relay_position, end)
        self.reconnect()
        for process in world.processes:
            if process.relay.start > end:
                process.dead = True  # its relay finds that it stands beyond the end

    def cut_commands(self) -> None:
        """C's tail is lost."""
        commands = self._world.broker.commands
        end = max(0, commands.end - self._world.rng.randrange(1, TAIL))
        commands.cut(end)
        self.reconnect()

    def jump(self) -> None:
        """The broker's clock jumps, to and fro."""
        seconds = self._world.rng.choice((0, 0, 0, -60, -5, 5, 600, 7200))
        self._world.broker.clock.skew = timedelta(seconds=seconds)

    def idle(self) -> None:
        """Nothing happens for a while."""
        hours = self._world.rng.choice((0.1, 0.3, 1, 2, 25, 25 * 30))
        self._world.broker.clock.now += timedelta(hours=hours)


def rebuilt(old: Oracle, log: list[bytes]) -> Oracle:
    """The truth of a log that was cut."""
    oracle = old.like_new()
    for value in log:
        oracle.see(value)
    oracle.landed = {key for key in old.landed if key[0] in oracle.applied}
    return oracle
