"""The real broker and database that tests run on, as pytest fixtures.

They come from `HANDRAISE_KAFKA` and `HANDRAISE_PG_DSN`; else from the embedded stack, started once
for the whole run; else, where Docker answers, from the official images.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import asyncpg
import pytest

from deploy.local.archive import ensure_archive
from deploy.local.guard import Guard
from deploy.local.layout import layout
from deploy.local.stack import (
    broker_runtime,
    remove_scratch,
    scratch_directory,
    short_lived_kafka,
    short_lived_postgres,
)
from deploy.local.trouble import Trouble
from tests.support.containers import ContainerKafka, ContainerPostgres, docker_answers
from tests.support.eventually import eventually


class Breakable(Protocol):
    """A server that a test may break, and start again on the same data and port."""

    def start(self) -> None:
        """Start and wait until it answers."""

    def stop(self) -> None:
        """Stop in good order."""

    def kill(self) -> None:
        """SIGKILL."""

    def pause(self) -> None:
        """SIGSTOP."""

    def resume(self) -> None:
        """SIGCONT."""


class OwnBroker(Breakable, Protocol):
    @property
    def address(self) -> str:
        """Its bootstrap servers."""
        ...


class OwnPostgres(Breakable, Protocol):
    @property
    def dsn(self) -> str:
        """Its address, as a role that may create databases."""
        ...


class ServerSource(Protocol):
    """Where servers come from; it ends all of them when it is closed."""

    def broker(self) -> OwnBroker:
        """A started broker."""
        ...

    def database(self) -> OwnPostgres:
        """A started database server."""
        ...

    def close(self) -> None:
        """End every server and remove its data."""


class Embedded:
    """Servers of the embedded stack; the guard ends them even if the test run is killed."""

    def __init__(self) -> None:
        cache = layout(os.environ).cache
        self._guard = Guard()
        ensure_archive(cache, broker_runtime(cache, os.environ), self._guard)
        self._runtime = broker_runtime(cache, os.environ)
        self._ends: list[Callable[[], None]] = []

    def broker(self) -> OwnBroker:
        server = short_lived_kafka(self._scratch(), self._runtime, self._guard)
        self._ends.insert(0, server.kill)
        server.start()
        return server

    def database(self) -> OwnPostgres:
        server = short_lived_postgres(self._scratch(), self._guard)
        self._ends.insert(0, server.kill)
        server.start()
        return server

    def _scratch(self) -> Path:
        directory = scratch_directory(self._guard)
        self._ends.insert(0, partial(remove_scratch, directory))
        return directory

    def close(self) -> None:
        for end in self._ends:
            end()
        self._guard.close()


class Containers:
    """Servers in containers of the official images."""

    def __init__(self) -> None:
        self._servers: list[ContainerKafka | ContainerPostgres] = []

    def broker(self) -> OwnBroker:
        server = ContainerKafka()
        self._servers.append(server)
        return server.started()

    def database(self) -> OwnPostgres:
        server = ContainerPostgres()
        self._servers.append(server)
        return server.started()

    def close(self) -> None:
        for server in self._servers:
            server.remove()


def server_source() -> ServerSource:
    """The embedded stack's servers, or Docker's where those can't be; raises Trouble."""
    try:
        return Embedded()
    except Trouble:
        if docker_answers():
            return Containers()
        raise


@pytest.fixture(scope="session")
def servers() -> Generator[ServerSource]:
    """Where this run's servers come from."""
    source = server_source()
    yield source
    source.close()


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> str:
    """Bootstrap servers of the broker that all tests share: separate yourself by topic prefix."""
    given = os.environ.get("HANDRAISE_KAFKA")
    return given or request.getfixturevalue("servers").broker().address


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> str:
    """DSN of the database server that all tests share, as a role that may create databases."""
    given = os.environ.get("HANDRAISE_PG_DSN")
    return given or request.getfixturevalue("servers").database().dsn


@pytest.fixture
def database(postgres: str) -> Generator[str]:
    """DSN of a fresh, empty database for one test, dropped afterwards."""
    with fresh_database(postgres) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def module_database(postgres: str) -> Generator[str]:
    """DSN of a fresh, empty database for the tests of one module, dropped afterwards."""
    with fresh_database(postgres) as dsn:
        yield dsn


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics, groups and ids that no other test uses."""
    return fresh_prefix()


@pytest.fixture(scope="module")
def module_topic_prefix() -> str:
    """A prefix for topics, groups and ids that no other module uses."""
    return fresh_prefix()


@pytest.fixture
def own_broker(servers: ServerSource) -> Generator[Callable[[], OwnBroker]]:
    """Makes started brokers for one test to break; they are killed after it."""
    made: list[OwnBroker] = []

    def make() -> OwnBroker:
        made.append(servers.broker())
        return made[-1]

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def own_postgres(servers: ServerSource) -> Generator[Callable[[], OwnPostgres]]:
    """Makes started database servers for one test to break; they are killed after it."""
    made: list[OwnPostgres] = []

    def make() -> OwnPostgres:
        made.append(servers.database())
        return made[-1]

    yield make
    for server in made:
        server.kill()


def fresh_prefix() -> str:
    """A prefix that was never used before."""
    return f"t{secrets.token_hex(5)}."


@contextmanager
def fresh_database(admin_dsn: str) -> Generator[str]:
    """A new database on the server of `admin_dsn`, as its DSN; dropped with all its sessions."""
    name = f"test_{secrets.token_hex(6)}"
    execute(admin_dsn, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(admin_dsn)._replace(path=f"/{name}").geturl()
    finally:
        drop_database(admin_dsn, name)


def drop_database(admin_dsn: str, name: str) -> None:
    """Drop a database with all its sessions; those of autovacuum are not ours to end, so wait."""

    async def dropped() -> bool:
        try:
            await _run(admin_dsn, f"DROP DATABASE {name} WITH (FORCE)")
        except asyncpg.InsufficientPrivilegeError:
            return False
        return True

    _in_a_thread(eventually(dropped))


def execute(dsn: str, statement: str) -> None:
    """Run one statement."""
    _in_a_thread(_run(dsn, statement))


async def _run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _in_a_thread(work: Coroutine[Any, Any, object]) -> None:
    """In a thread of its own: the caller may be inside a loop."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, work).result()
