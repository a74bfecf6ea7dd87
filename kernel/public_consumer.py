"""Consumes public events in a group, whichever form they have on their topic."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from event_schemas.types import Envelope
from kernel.codec import decode_as
from kernel.consumer import GroupConsumer
from kernel.dead_letters import DeadLetters
from kernel.framing import is_confluent
from kernel.service import Readiness
from kernel.settings import Settings
from kernel.topics import Topic
from kernel.tracing.batches import caused_by
from kernel.tracing.trace_context import traceparent_in
from kernel.wire import Wire


def envelope_of(record: Any) -> Envelope:
    """The public event that a record holds.

    Raises:
        Unreadable: it holds none.
    """
    return decode_as(Envelope, record.value or b"")


class PublicConsumer(GroupConsumer[Envelope]):
    """The part that hands public events to a service."""

    def __init__(
        self,
        settings: Settings,
        *,
        group: str,
        topics: Sequence[Topic],
        handle: Callable[[list[Envelope]], Awaitable[None]],
        dead_letters: DeadLetters,
        readiness: Readiness,
        gather_ms: int = 0,
    ) -> None:
        """As `GroupConsumer`, for envelopes."""
        super().__init__(
            settings,
            group=group,
            topics=topics,
            decode=envelope_of,
            handle=handle,
            dead_letters=dead_letters,
            readiness=readiness,
            gather_ms=gather_ms,
        )
        self._wire = Wire.configured(settings)

    async def run(self) -> None:
        """As `GroupConsumer.run`."""
        try:
            await super().run()
        finally:
            await self._wire.close()

    async def hand_over(self, work: Sequence[tuple[Any, Envelope]]) -> None:
        """As `GroupConsumer.hand_over`; `cause_of` tells what caused each event."""
        carried = {event.event_id: traceparent_in(record.headers) for record, event in work}
        with caused_by({event: cause for event, cause in carried.items() if cause is not None}):
            await super().hand_over(work)

    async def unwrap(self, record: Any) -> Any:
        """The record in single-object encoding, whichever form it has on its topic.

        Raises:
            Unavailable: the schema registry is away.
            Unreadable: the record's schema can't be known.
        """
        if not is_confluent(record.value or b""):
            return record
        return replace(record, value=await self._wire.plain(record.value))
