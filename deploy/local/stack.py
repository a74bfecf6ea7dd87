"""A broker and a database alone: the embedded servers for tests and other short lives."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.accounts import database_account
from deploy.local.archive import with_archive
from deploy.local.guard import Guard
from deploy.local.jars import ensure_jars
from deploy.local.jdk import find_java
from deploy.local.kafka import BrokerRuntime, Kafka
from deploy.local.kafka_settings import BrokerPlace
from deploy.local.ports import unused_port
from deploy.local.postgres import Postgres
from deploy.local.postgres_home import all_directories, postgres_home
from deploy.local.progress import Progress, silent
from deploy.local.server import at_once

# A broker that lives for minutes does not earn back what its optimising compiler costs.
SHORT_LIFE = ("-XX:TieredStopAtLevel=1",)


def broker_runtime(
    cache: Path, environ: Mapping[str, str], progress: Progress = silent
) -> BrokerRuntime:
    """What a broker runs on here, fetched where it is missing. Raises Trouble."""
    java = find_java(environ)
    return with_archive(cache, BrokerRuntime(java=java, jars=ensure_jars(cache, progress)))


def short_lived_kafka(directory: Path, runtime: BrokerRuntime, guard: Guard) -> Kafka:
    """A broker on free ports with all it has in `directory`; not started."""
    place = BrokerPlace(
        port=unused_port(), controller_port=unused_port(), data=directory / "kafka" / "data"
    )
    return Kafka(
        directory / "kafka",
        place=place,
        runtime=replace(runtime, flags=(*runtime.flags, *SHORT_LIFE)),
        log=directory / "kafka.log",
        guard=guard,
    )


def short_lived_postgres(directory: Path, guard: Guard) -> Postgres:
    """A database server on a free port with all it has in `directory`; not started.

    It survives kill -9, but not a crash of the machine.
    """
    home = postgres_home(directory / "postgres", database_account(), silent)
    log = directory / "postgres.log"
    return Postgres(home, port=unused_port(), log=log, guard=guard, durable=False)


def scratch_directory(guard: Guard) -> Path:
    """A fresh temporary directory that every account may enter, and that the guard removes."""
    directory = Path(tempfile.mkdtemp(prefix="handraise-"))
    directory.chmod(0o755)
    for place in (directory, *all_directories(directory / "postgres")):
        guard.remove(place)
    return directory


def remove_scratch(directory: Path) -> None:
    """Remove a scratch directory and what the database had to keep elsewhere."""
    for place in (directory, *all_directories(directory / "postgres")):
        shutil.rmtree(place, ignore_errors=True)


class Servers:
    """A broker and a database of one's own, on free ports, with all traces removed at the end.

    `async with Servers(cache, os.environ) as servers:` gives `servers.kafka.address` and
    `servers.postgres.dsn`.
    """

    kafka: Kafka
    postgres: Postgres

    def __init__(self, cache: Path, environ: Mapping[str, str]) -> None:
        self._cache = cache
        self._environ = environ

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._end)

    def _start(self) -> None:
        runtime = broker_runtime(self._cache, self._environ)
        self._guard = Guard()
        self._directory = scratch_directory(self._guard)
        self.kafka = short_lived_kafka(self._directory, runtime, self._guard)
        self.postgres = short_lived_postgres(self._directory, self._guard)
        try:
            at_once(self.kafka.start, self.postgres.start)
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        at_once(self.kafka.kill, self.postgres.kill)
        self._guard.close()
        remove_scratch(self._directory)
