"""The event bus over Redis Streams (extra `redis`)."""

import uuid
from collections.abc import Sequence
from logging import DEBUG

from faststream.middlewares import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from handraise.bus import agents_topic
from handraise.buses.broker_bus import LOGGER, BrokerBus, body_of
from handraise.buses.delivery import Delivery
from handraise.events import Event


class RedisBus(BrokerBus):
    """`EventBus` over Redis: a stream for each event type, groups as consumer groups.

    Redis must keep its data (`appendonly yes`) for events to outlive it. A new group begins at
    the oldest event. `stream_length` caps each stream, roughly; None keeps all. An event that a
    consumer took and did not finish within `abandoned_seconds` is given to another.
    """

    def __init__(
        self, url: str, *, stream_length: int | None = None, abandoned_seconds: float = 300
    ) -> None:
        self._url = url
        self._abandoned_ms = round(abandoned_seconds * 1000)
        self._length = stream_length
        self._consumer = str(uuid.uuid4())
        self._broker = RedisBroker(url, apply_types=False, logger=LOGGER, log_level=DEBUG)
        super().__init__(self._broker)

    async def publish(self, event: Event) -> None:
        """Add it to its stream."""
        topic = agents_topic(event.event_type)
        await self._start()
        await self._broker.publish(
            event.encode(),
            stream=topic,
            maxlen=self._length,
            headers={"content-type": "application/json"},
            correlation_id=event.correlation_id or event.event_id,
        )

    async def _listen(self, topics: Sequence[str], delivery: Delivery, group: str) -> None:
        for topic in topics:
            await self._make_group(topic, group)
            fresh = StreamSub(topic, group=group, consumer=self._consumer)
            abandoned = StreamSub(
                topic,
                group=group,
                consumer=self._consumer,
                min_idle_time=self._abandoned_ms,
                polling_interval=max(100, self._abandoned_ms // 10),
            )
            for stream in (fresh, abandoned):
                subscriber = self._broker.subscriber(
                    stream=stream, ack_policy=AckPolicy.NACK_ON_ERROR, decoder=body_of
                )
                subscriber(delivery.bring)
                await subscriber.start()

    async def _make_group(self, topic: str, group: str) -> None:
        """Made here and not by FastStream, whose new groups begin at the end of the stream."""
        client = Redis.from_url(self._url)
        try:
            await client.xgroup_create(topic, group, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        finally:
            await client.aclose()
