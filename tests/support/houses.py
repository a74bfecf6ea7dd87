"""Fixtures of a front door for all tests of a module: with a desk, and with a browser before it.

A module that needs another one defines a fixture of the same name.
"""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.browser import chromium_running
from tests.support.front_door import Desk, House, front_door
from tests.support.queue_desk import Counter, counter_of
from tests.support.served import served


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
