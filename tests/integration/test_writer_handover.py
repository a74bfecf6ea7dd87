"""What a process owns comes and goes: each partition that it owns has a shard, and keeps one."""

import asyncio
from typing import Any

import pytest

from kernel.kafka import create_topics
from kernel.service import Readiness
from kernel.settings import Settings
from services.request_svc import host as hosting
from services.request_svc.host import Host
from tests.support.eventually import eventually
from tests.support.parts import running


class Slow:
    """Checkpoints of a database that takes its time to let go of the first who asks."""

    def __init__(self) -> None:
        self.looks = 0
        self.closing, self.closed = asyncio.Event(), asyncio.Event()

    async def newest(self, _partition: int) -> None:
        self.looks += 1
        if self.looks == 1:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.closing.set()
                await self.closed.wait()


async def test_a_partition_that_is_given_back_while_its_shard_ends_gets_another(
    kafka: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "LINGER_SECONDS", 0)
    settings = Settings(kafka=kafka, topic_prefix=topic_prefix, partitions=1)
    await create_topics(settings)
    readiness, slow = Readiness("deciding"), Slow()
    checkpoints: Any = slow
    host: Any = Host(settings, readiness, checkpoints)

    async def looked() -> bool:
        return slow.looks > 0

    async def noticed() -> bool:
        return not host._owns.is_set()

    async def deciding() -> bool:
        return readiness.ready

    async with running([host]):
        host.changed(frozenset({0}))
        await eventually(looked)
        host.changed(frozenset())
        await slow.closing.wait()
        host.changed(frozenset({0}))
        # There still is a shard, and so none is made; then it ends.
        await eventually(noticed)
        slow.closed.set()
        await eventually(deciding)
