"""The simulation: one atomic action of one random actor per step, then a time without faults."""

from dataclasses import replace
from random import Random

from event_schemas.types import Rebase
from kernel.chain import frame, genesis, hash_of
from kernel.codec import encode
from kernel.errors import LogCut
from services.request_svc.checkpoints.checkpoint import Checkpoint
from services.request_svc.relaying.outputs import Source
from services.request_svc.writing.partition import Partition
from tests.simulator.broker import Broker
from tests.simulator.build import PLACE, Build
from tests.simulator.faults import Faults
from tests.simulator.invariants import Broken, require
from tests.simulator.oracle import Oracle
from tests.simulator.process import Process
from tests.simulator.releases import Release, both_releases
from tests.simulator.traffic import Traffic
from tests.simulator.view import View

GENESIS = genesis("log", PLACE.number, PLACE.partitions)
PROCESSES = (1, 1, 2)
FOLD_FROM_NOTHING = 600


class World:
    """A seeded run. Nothing in it depends on anything but the seed, the steps and the build."""

    def __init__(self, seed: int, build: Build) -> None:
        self.seed = seed
        self.build = build
        self.rng = Random(seed)
        self.steps = 0
        self.broker = Broker(self._appended)
        self.source = Source(PLACE.number, "1")
        self.oracle = Oracle(GENESIS, self.broker.commands, self.source)
        self.checkpoints: list[Checkpoint] = []
        self.relay_position = 0
        self.written: dict[tuple[object, ...], bytes] = {}
        self.traffic = Traffic(self.rng, PLACE)
        self.processes = [Process(self, release, Partition.empty(GENESIS)) for release in PROCESSES]
        for process in self.processes[:2]:
            process.owned = True
        self.views = [View(build, self.broker, GENESIS, release) for release in (1, 2)]
        self.faults = Faults(self)

    def run(self, steps: int) -> None:
        """Takes the steps, heals, and checks that all that was asked came to something.

        Raises:
            Broken: an invariant does not hold; the message names seed and step.
        """
        try:
            with both_releases(), self.build.patched():
                while self.steps < steps:
                    self._step()
                self._heal()
        except Broken as error:
            error.add_note(f"seed {self.seed}, step {self.steps}")
            raise

    def _step(self) -> None:
        self.steps += 1
        self.broker.clock.tick(self.rng)
        chance = self.rng.random()
        if chance < 0.05:
            self._command()
        elif chance < 0.16:
            self._packet(faults=True)
        elif chance < 0.70:
            self._process(self.rng.choice(self.processes))
        elif chance < 0.76:
            self._view(self.rng.choice(self.views))
        else:
            self._output(faults=True)
        self.faults.maybe()

    # Actors -----------------------------------------------------------------------------------

    def _appended(self, value: bytes) -> None:
        self.oracle.see(value)

    def _command(self) -> None:
        commands, clock = self.broker.commands, self.broker.clock
        if self.rng.random() < self.build.rates.gap:
            commands.gap()
        commands.append(self.traffic.next(self.oracle.partition, clock.now), clock.stamp())

    def _packet(self, *, faults: bool) -> None:
        landed = self.broker.land_one(self.rng, faults=faults)
        if landed is not None:
            session, value, offset = landed
            for process in self.processes:
                if process.session is session and process.stopped_until <= self.steps:
                    self.build.acknowledged(process, value, offset)

    def _process(self, process: Process) -> None:
        if process.dead:
            self.restart(process)
        elif process.stopped_until <= self.steps:
            process.act()
            if process.halted and self.rng.random() < 0.05:
                self._rebase()

    def _output(self, *, faults: bool) -> None:
        sending = [
            process for process in self.processes if process.relay.sends and not process.dead
        ]
        if sending:
            self.rng.choice(sending).relay.land_one(self.rng, self.oracle, faults=faults)

    def _view(self, view: View) -> None:
        view.act(self.rng, self.oracle)
        if view.given_up:
            self.views[self.views.index(view)] = View(self.build, self.broker, GENESIS, 2)

    def _rebase(self) -> None:
        """The operator compares C with the log and says where decisions go on."""
        head, to = self.oracle.head, self.oracle.first_undecided()
        value = frame(head, encode(Rebase(to=to, reason="lost", who="operator", at=head.at)))
        self.oracle.rebases.add(hash_of(value))
        self.broker.append(value)

    # Life and death ---------------------------------------------------------------------------

    def restart(self, process: Process) -> None:
        """A new process in the place of a dead one, from a checkpoint that the log confirms."""
        release = 2 if Release.new_entries else process.release
        fresh = Process(self, release, self._restored())
        fresh.owned = process.owned
        self.processes[self.processes.index(process)] = fresh

    def _restored(self) -> Partition:
        short = len(self.broker.log) < FOLD_FROM_NOTHING
        if short and self.rng.random() < 0.3:
            return Partition.empty(GENESIS)  # Postgres is away
        for checkpoint in reversed(self.checkpoints):
            partition = self.build.load(checkpoint)
            offset, log = partition.head.log_offset, self.broker.log
            try:
                self.build.verify(partition.head, log[offset] if offset < len(log) else None)
            except LogCut:
                continue
            self.oracle.compare(partition)
            return partition
        return Partition.empty(GENESIS)

    # Healing ----------------------------------------------------------------------------------

    def _heal(self) -> None:
        self.build.rates = replace(self.build.rates, gap=0)
        writers = 1 if self.seed % 2 else 2
        for number, process in enumerate(self.processes):
            process.dead = True
            process.owned = number >= len(self.processes) - writers
            self.restart(process)
        bound = 20_000 + 60 * (len(self.broker.commands.slots) + len(self.broker.log))
        for _ in range(bound):
            self._calm_step()
            if self._at_rest():
                break
        else:
            raise Broken("I10", f"not at rest after {bound} steps: {self._unrest()}")
        self._check_the_end()

    def _calm_step(self) -> None:
        self.steps += 1
        self.broker.clock.tick(self.rng)
        chance = self.rng.random()
        if chance < 0.1:
            self._packet(faults=False)
        elif chance < 0.64:
            self._process(self.rng.choice(self.processes))
        elif chance < 0.7:
            self._view(self.rng.choice(self.views))
        else:
            self._output(faults=False)

    def _at_rest(self) -> bool:
        if self.oracle.head.next_command_offset != self.broker.commands.end:
            return False
        end = len(self.broker.log)
        quiet = all(
            p.writer.settled and not p.writer.flying and p.writer.log_position == end
            for p in self.processes
        )
        if not quiet or any(view.position != end for view in self.views):
            return False
        return all(p.relay.waiting == 0 for p in self.processes)

    def _unrest(self) -> str:
        told = [
            f"release {p.release} owned={p.owned} halted={p.halted} settled={p.writer.settled}"
            f" flying={p.writer.flying} at {p.writer.log_position} relay={p.relay.waiting}"
            for p in self.processes
        ]
        ends = f"C {self.broker.commands.first}..{self.broker.commands.end}"
        return f"{ends}, head {self.oracle.head.next_command_offset}, {told}"

    def _check_the_end(self) -> None:
        commands = self.broker.commands
        for offset in range(commands.first, commands.end):
            record = commands.at(offset)
            if record is not None:
                self.oracle.check_decided(record)
        missing = self.oracle.missing()
        require(not missing, "I4", f"never told: {missing[:3]}")
        for process in self.processes:
            self.oracle.compare(process.writer.confirmed)
