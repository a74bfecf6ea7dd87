"""Fixtures of a running Handraise for all tests of a module: a front door, or all of it.

A module that needs another one defines a fixture of the same name.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.browser import chromium_running
from tests.support.front_door import Desk, House, front_door
from tests.support.queue_desk import Counter, counter_of
from tests.support.served import served
from tests.support.stage import Stage, stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(kafka: str, module_database: str, module_topic_prefix: str) -> AsyncIterator[House]:
    """A running front door on a database and topics of its own."""
    async with front_door(kafka, module_database, module_topic_prefix) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    """A tenant with an agent and people."""
    async with Desk.open(house) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def counter(house: House) -> AsyncIterator[Counter]:
    """A desk of its own that is visited with a browser."""
    async with (
        Desk.open(house) as desk,
        served(house) as server,
        chromium_running() as chromium,
    ):
        yield await counter_of(house, server, chromium, desk)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playing(
    kafka: str,
    module_database: str,
    module_topic_prefix: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Stage]:
    """All of Handraise; programs that are started find it as they find the local stack."""
    directory = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HANDRAISE_RUN_DIR", str(directory))
        for given in ("HANDRAISE_KAFKA", "HANDRAISE_PG_DSN"):
            environment.delenv(given, raising=False)
        async with stage(kafka, module_database, module_topic_prefix, directory) as made:
            yield made
