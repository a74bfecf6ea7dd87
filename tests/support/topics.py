"""Reads what stands on topics, for tests."""

import asyncio
from collections import defaultdict

from aiokafka import AIOKafkaConsumer

from event_schemas.types import Envelope
from kernel.codec import decode_as
from kernel.kafka import topic_name
from kernel.settings import Settings
from kernel.topics import PUBLIC


async def public_events(
    settings: Settings, *, count: int, within_seconds: float = 20
) -> dict[str, list[Envelope]]:
    """The first `count` distinct public events, per request in order of version.

    The relay is at least once: a repeat bears the same event id and is left out.
    """
    consumer = AIOKafkaConsumer(
        *[topic_name(settings, topic) for topic in PUBLIC],
        bootstrap_servers=settings.kafka,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    found: dict[str, list[Envelope]] = defaultdict(list)
    seen: set[str] = set()
    try:
        async with asyncio.timeout(within_seconds):
            while len(seen) < count:
                record = await consumer.getone()
                envelope = decode_as(Envelope, record.value)
                if envelope.event_id not in seen:
                    found[envelope.metadata.request_id].append(envelope)
                    seen.add(envelope.event_id)
    finally:
        await consumer.stop()
    for events in found.values():
        events.sort(key=lambda e: e.metadata.version)
    return found
