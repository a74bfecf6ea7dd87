"""Deliveries, carriers and reports for tests of the outbound mechanism."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kernel.ids import new_id
from kernel.outbound.breaker import Breaker
from kernel.outbound.clerk import Clerk
from kernel.outbound.courier import Courier
from kernel.outbound.database import Database
from kernel.outbound.delivery import Delivery, Result, Standing, Verdict, delivery_id
from kernel.outbound.lanes import Limits
from kernel.outbound.store import DeliveryStore
from kernel.postgres import connect, migrate

SERVICE = "callback_svc"
MIGRATIONS = Path("kernel/outbound/migrations")
TAKEN = Result(verdict=Verdict.DELIVERED, status_code=200, response=b"thanks")
BUSY = Result(verdict=Verdict.RETRY, status_code=503, error="503: busy", response=b"later")
GONE = Result(verdict=Verdict.GIVE_UP, status_code=410, error="410: gone")


def delivery(**over: Any) -> Delivery:
    """Something to deliver."""
    event_id = over.pop("event_id", None) or new_id()
    target = over.pop("target", "https://agent.example/resume")
    plain = {
        "id": delivery_id(SERVICE, event_id, "webhook", target),
        "service": SERVICE,
        "tenant": "acme",
        "request_id": "req-1",
        "event_id": event_id,
        "event": "request.responded",
        "channel": "webhook",
        "target": target,
        "lane": "https://agent.example:443",
        "payload": b'{"a":1}',
    }
    return Delivery(**{**plain, **over})


@dataclass
class Hand:
    """A carrier that does as told and remembers what it carried."""

    do: Callable[[Delivery], Awaitable[Result]] | None = None
    result: Result = TAKEN
    carried: list[Delivery] = field(default_factory=list)

    async def carry(self, delivery: Delivery) -> Result:
        self.carried.append(delivery)
        return await self.do(delivery) if self.do else self.result


@dataclass
class Book:
    """A report that remembers the notices that it was given, once all of a notice is settled."""

    notices: list[list[Delivery]] = field(default_factory=list)
    error: Exception | None = None
    tried: int = 0
    alone: bool = False

    async def __call__(self, notice: Sequence[Delivery]) -> bool:
        self.tried += 1
        if self.error is not None:
            raise self.error
        if any(one.standing is Standing.PENDING for one in notice):
            return False
        self.notices.append(list(notice))
        return True


@asynccontextmanager
async def outbound_pool(dsn: str) -> AsyncGenerator[Any]:
    """A pool on a database that has the outbound tables."""
    pool = await connect(dsn)
    try:
        await migrate(pool, "outbound", MIGRATIONS)
        yield pool
    finally:
        pool.terminate()


def new_courier(
    pool: Any,
    hand: Hand,
    book: Book,
    *,
    limits: Limits | None = None,
    breaker: Breaker | None = None,
    worker: str = "w1",
) -> Courier:
    """A courier of one worker."""
    store, luck = DeliveryStore(Database(pool), SERVICE, worker), lambda: 0.5
    return Courier(
        SERVICE, store, hand, Clerk(store, book), limits=limits, breaker=breaker, luck=luck
    )


@asynccontextmanager
async def working(courier: Courier) -> AsyncGenerator[asyncio.Task[None]]:
    """The courier at work while the block runs; then stopped in good order."""
    task = asyncio.create_task(courier.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
