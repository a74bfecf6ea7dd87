"""Keeps all processes of a stack alive, and stops them in the opposite order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from deploy.local.keeper import Keeper, State
from deploy.local.logs import LastError
from deploy.local.server import Server, at_once
from deploy.local.snapshot import Row

LOOK_SECONDS = 0.2
ASK_SECONDS = 1.0
MOST_ASKED_AT_ONCE = 8


class Supervisor:
    """The kept processes in waves, in the order in which they were started."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._waves: list[list[Keeper]] = []
        self._errors: dict[str, LastError] = {}

    def adopt(self, wave: Sequence[Server]) -> None:
        """Keep these processes, which run already."""
        now = time.monotonic()
        self._waves.append([Keeper(server, started_at=now) for server in wave])

    def follow_log(self, server: Server) -> None:
        """Tell of the errors that the server's log gets from now on."""
        self._errors[server.name] = LastError(server.log)

    @property
    def keepers(self) -> list[Keeper]:
        """Every kept process."""
        return [keeper for wave in self._waves for keeper in wave]

    @property
    def all_ready(self) -> bool:
        """Whether every kept process does its work."""
        return all(keeper.state is State.READY for keeper in self.keepers)

    async def keep(self) -> None:
        """Look after all processes until cancelled."""
        with ThreadPoolExecutor(MOST_ASKED_AT_ONCE, thread_name_prefix="ask") as pool:
            asking = asyncio.create_task(self._ask_for_ever(pool))
            try:
                while True:
                    for keeper in self.keepers:
                        keeper.look(time.monotonic())
                        for sentence in keeper.news():
                            self._say(sentence)
                    await asyncio.sleep(LOOK_SECONDS)
            finally:
                asking.cancel()

    async def _ask_for_ever(self, pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            keepers = self.keepers
            answers = await asyncio.gather(
                *(loop.run_in_executor(pool, keeper.server.answers) for keeper in keepers)
            )
            for keeper, ready in zip(keepers, answers, strict=True):
                keeper.hear(ready=ready)
            await asyncio.sleep(ASK_SECONDS if self.all_ready else LOOK_SECONDS)

    async def stop(self) -> None:
        """Stop every process: the last wave first, each wave at once."""
        for wave in reversed(self._waves):
            await asyncio.to_thread(at_once, *(keeper.server.end for keeper in wave))
            for keeper in wave:
                keeper.state = State.STOPPED

    def rows(self) -> tuple[Row, ...]:
        """How each process is now."""
        now = time.monotonic()
        return tuple(self._row(keeper, now) for keeper in self.keepers)

    def _row(self, keeper: Keeper, now: float) -> Row:
        server = keeper.server
        pid = server.child.pid
        errors = self._errors.get(server.name)
        return Row(
            name=server.name,
            state=keeper.state.value,
            pid=pid,
            up_seconds=now - keeper.started_at if pid else None,
            restarts=keeper.restarts,
            last_error=errors.look() if errors else "",
            log=str(server.log),
        )
