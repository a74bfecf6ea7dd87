"""Polls a consumer so that records that trickle in are handed on together."""

import asyncio
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


class Gathering:
    """The pace of one consumer's polls.

    Each batch costs a fetch, a transaction and a commit, however small it is. So after a poll that
    gave something, the next one waits until `gather_ms` have passed since: little is lost, as
    the first record after a pause is handed on at once, and under load all costs are shared.
    """

    def __init__(self, gather_ms: int) -> None:
        self._gather_seconds = gather_ms / 1000
        self._next_at = 0.0

    async def poll(
        self, consumer: AIOKafkaConsumer, *, timeout_ms: int, max_records: int | None = None
    ) -> dict[TopicPartition, list[Any]]:
        """The next records by partition; none if there are none within `timeout_ms`.

        Raises:
            KafkaError: as `AIOKafkaConsumer.getmany`.
        """
        wait_seconds = self._next_at - time.monotonic()
        if wait_seconds > 0:
            await asyncio.sleep(wait_seconds)
        fetched = await consumer.getmany(timeout_ms=timeout_ms, max_records=max_records)
        if fetched:
            self._next_at = time.monotonic() + self._gather_seconds
        return fetched
