"""The delivery agent at work in several processes that share one store."""

import asyncio
import json
import logging
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from handraise import Handraise, Receiver, Retries, Supervisor, open_store, topics
from handraise.buses.kafka import KafkaBus
from handraise.stores.opening import SqlStore

from examples.code_review.delivery import DeliveryAgent
from examples.code_review.staff import REVIEWER
from examples.common.database import create
from examples.common.processes import running, told_by
from examples.common.serving import serving
from examples.common.surroundings import Surroundings

MODULE = "examples.code_review"
DATABASE = "example_code_review"
_LEASE_SECONDS = 5.0
_LOOK_SECONDS = 0.2
_RETRIES = Retries(most=12, first_seconds=0.5, longest_seconds=30)
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Office:
    """Where one process takes part: the supervisor of the workflows, and their store."""

    supervisor: Supervisor
    agent: DeliveryAgent
    store: SqlStore


async def store_of(found: Surroundings) -> str:
    """The address of the agent's store, in a database of its own."""
    return await create(found.pg_dsn, DATABASE)


@asynccontextmanager
async def office(
    found: Surroundings, store_address: str, callback_webhook: str | None = None
) -> AsyncGenerator[Office]:
    """This process's share of the work; nothing is done until the supervisor runs."""
    async with (
        Handraise(found.url, found.api_key) as hand,
        await open_store(store_address) as store,
        KafkaBus(found.kafka) as bus,
    ):
        await bus.create_topics(topics.ALL)
        agent = DeliveryAgent(hand, store, bus=bus, callback_webhook=callback_webhook)
        agent.recipients = [REVIEWER]
        agent.runtime.lease_seconds = _LEASE_SECONDS
        supervisor = Supervisor(agent, retries=_RETRIES, look_seconds=_LOOK_SECONDS)
        yield Office(supervisor, agent, store)


@asynccontextmanager
async def door(found: Surroundings, supervisor: Supervisor, port: int) -> AsyncGenerator[str]:
    """Takes the answers in and writes them down; gives the address for callbacks."""
    receiver = Receiver(supervisor, secrets=[found.callback_secret])
    async with serving(receiver, port) as address:
        yield f"{address}/resume"
        await receiver.drain()


@asynccontextmanager
async def workers(
    store_address: str, callback_webhook: str, how_many: int
) -> AsyncGenerator[Sequence[Process]]:
    """Processes that do the work, once each of them can."""
    arguments = ["work", "--store", store_address, "--callback", callback_webhook]
    async with AsyncExitStack() as stack:
        started = await asyncio.gather(
            *(stack.enter_async_context(running(MODULE, arguments)) for _ in range(how_many))
        )
        await asyncio.gather(*(told_by(one, _START_SECONDS) for one in started))
        yield started


async def work(found: Surroundings, store_address: str, callback_webhook: str) -> None:
    """Be such a process, until SIGTERM; what goes wrong is written beside the example's files."""
    found.directory.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=found.directory / "workers.log", format=_LINE)
    async with office(found, store_address, callback_webhook) as here:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, here.supervisor.stop)
        print(json.dumps({"pid": os.getpid()}), flush=True)
        await here.supervisor.run()


_LINE = "%(asctime)s %(process)d %(levelname)s %(message)s"
