"""The system that is measured: its address and keys, and what each of its processes uses."""

import os
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import psutil

from deploy.local import snapshot
from deploy.local.layout import layout
from kernel.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Target:
    """Where it is and how to speak to it."""

    url: str
    api_key: str
    reviewer_token: str
    kafka: str
    pg_dsn: str

    def agent(self) -> aiohttp.ClientSession:
        """A client with the agent's key; it must be closed."""
        return self._client(self.api_key)

    def reviewer(self) -> aiohttp.ClientSession:
        """A client with the reviewer's token; it must be closed."""
        return self._client(self.reviewer_token)

    def _client(self, bearer: str) -> aiohttp.ClientSession:
        # A light client: the load shares the machine with what it measures.
        return aiohttp.ClientSession(
            self.url, headers={"Authorization": f"Bearer {bearer}"}, raise_for_status=True
        )


def from_environment() -> Target:
    """The target that the environment names.

    Raises:
        KeyError: `dev.env` was not sourced.
    """
    return Target(
        os.environ["HANDRAISE_URL"],
        os.environ["HANDRAISE_API_KEY"],
        os.environ["HANDRAISE_REVIEWER_TOKEN"],
        os.environ["HANDRAISE_KAFKA"],
        os.environ["HANDRAISE_PG_DSN"],
    )


def processes() -> dict[str, list[psutil.Process]]:
    """The processes of the running local stack, children included, by name.

    Raises:
        Misconfigured: no stack runs.
    """
    return {row.name: list(_family(row.pid)) for row in _running().rows if row.pid}


def healthy() -> bool:
    """Whether every process of the stack is ready."""
    return _running().phase is snapshot.Phase.HEALTHY


def _running() -> snapshot.Snapshot:
    running = snapshot.read(layout(os.environ).state)
    if running is None:
        raise Misconfigured("no local stack runs: start it with make up")
    return running


def _family(pid: int) -> Generator[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        yield parent
        yield from parent.children(recursive=True)


def cpu_seconds() -> dict[str, float]:
    """CPU that each process of the stack has used, in seconds; `bench` is the load itself."""
    found = processes() | {"bench": [psutil.Process()]}
    return {name: sum(_used(one) for one in group) for name, group in found.items()}


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
