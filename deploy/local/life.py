"""The life of one stack: it comes up step by step, is watched, and goes down in order."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from rich.console import Console
from rich.live import Live

from deploy.local import disk, snapshot
from deploy.local.archive import ArchiveMaking
from deploy.local.bootstrap_step import bootstrap
from deploy.local.keeper import State
from deploy.local.layout import shown
from deploy.local.plan import Plan
from deploy.local.progress import Progress
from deploy.local.progress import shown as progress_shown
from deploy.local.screen import table
from deploy.local.secret_key import shell_variables
from deploy.local.server import Server, at_once
from deploy.local.snapshot import Phase, Snapshot
from deploy.local.supervisor import Supervisor
from deploy.local.trouble import Trouble
from deploy.local.welcome import Welcome, rendered

SHOW_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
HOPELESS_RESTARTS = 3
LOOK_SECONDS = 0.2


class Life:
    """One stack from its first process to its last."""

    def __init__(self, plan: Plan, console: Console) -> None:
        self._plan = plan
        self._console = console
        self._phase = Phase.STARTING
        self._begun: list[Server] = []
        self._supervisor = Supervisor(say=lambda text: console.print(text, markup=False))

    async def lead(self) -> None:
        """Bring the stack up and watch it until SIGINT or SIGTERM; raises Trouble."""
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end.set)
        ending = asyncio.create_task(end.wait())
        living = asyncio.create_task(self._live())
        keeping = asyncio.create_task(self._supervisor.keep())
        try:
            done, _ = await asyncio.wait(
                {ending, living, keeping}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                task.result()
        finally:
            for task in (living, keeping):
                task.cancel()
            await asyncio.gather(living, keeping, return_exceptions=True)
            await self._go_down()

    async def _live(self) -> None:
        await self._come_up()
        self._phase = Phase.HEALTHY
        self._greet()
        plan = self._plan
        making = (
            ArchiveMaking(plan.layout.cache, plan.runtime, plan.guard) if plan.runtime else None
        )
        if making:
            asyncio.get_running_loop().run_in_executor(None, make_quietly, making)
        try:
            await self._watch()
        finally:
            if making:
                making.give_up()

    async def _come_up(self) -> None:
        plan = self._plan
        self._write()
        foundation = plan.foundation()
        self._begun = foundation
        with progress_shown(self._console, "Broker and database"):
            await asyncio.to_thread(at_once, *(server.start for server in foundation))
        for server in foundation:
            self._supervisor.follow_log(server)
        self._supervisor.adopt(foundation)
        with progress_shown(self._console, "Topics, tables and first keys"):
            await bootstrap(plan)
        with progress_shown(self._console, "Services") as progress:
            for wave in plan.waves():
                for service in wave:
                    self._supervisor.follow_log(service)
                    service.spawn()
                self._supervisor.adopt(wave)
            await self._await_ready(progress)

    async def _await_ready(self, progress: Progress) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while not self._supervisor.all_ready:
            missing = [row for row in self._write().rows if row.state != State.READY]
            progress(f"waiting for {', '.join(row.name for row in missing)}")
            for row in missing:
                if row.restarts >= HOPELESS_RESTARTS or loop.time() > deadline:
                    how = "keeps ending" if row.restarts else "does not become ready"
                    said = f": {row.last_error}" if row.last_error else ""
                    raise Trouble(f"{row.name} {how}{said}.", f"See {shown(Path(row.log))}.")
            await asyncio.sleep(LOOK_SECONDS)

    def _greet(self) -> None:
        plan = self._plan
        known = plan.layout.dev_env
        welcome = Welcome(
            address=plan.address,
            variables=shell_variables(known.read_text("utf-8")) if known.exists() else {},
            mail=f"http://127.0.0.1:{plan.ports.mail_http}/messages",
            dev_env=shown(known),
        )
        self._console.print(rendered(welcome))

    async def _watch(self) -> None:
        if not self._console.is_terminal:
            while True:
                self._write()
                await asyncio.sleep(SHOW_SECONDS)
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            while True:
                live.update(table(self._write()), refresh=True)
                await asyncio.sleep(SHOW_SECONDS)

    async def _go_down(self) -> None:
        self._phase = Phase.STOPPING
        self._write()
        with progress_shown(self._console, "Stopping"):
            await self._supervisor.stop()
            await asyncio.to_thread(at_once, *(server.end for server in self._begun))

    def _write(self) -> Snapshot:
        phase = self._phase
        if phase is Phase.HEALTHY and not self._supervisor.all_ready:
            phase = Phase.ILL
        free = disk.free_bytes(self._plan.layout.root)
        now = Snapshot(
            pid=os.getpid(),
            phase=phase,
            address=self._plan.address,
            note="" if free > disk.LOW_BYTES else f"Only {free // disk.MIB} MiB of disk are left.",
            rows=self._supervisor.rows(),
        )
        snapshot.write(self._plan.layout.state, now)
        return now


def make_quietly(making: ArchiveMaking) -> None:
    """Make the class archive; without it the next start is slower, nothing more."""
    with contextlib.suppress(OSError):
        making.make()
