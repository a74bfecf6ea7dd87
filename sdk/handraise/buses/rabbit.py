"""The event bus over RabbitMQ (extra `rabbit`)."""

from collections.abc import Sequence
from logging import DEBUG

from faststream.middlewares import AckPolicy
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue

from handraise.bus import agents_topic
from handraise.buses.broker_bus import LOGGER, BrokerBus, body_of
from handraise.buses.delivery import Delivery
from handraise.events import Event

_EXCHANGE = RabbitExchange("handraise.events", type=ExchangeType.TOPIC, durable=True)


class RabbitBus(BrokerBus):
    """`EventBus` over RabbitMQ: one exchange, and a durable queue for each group and topic.

    RabbitMQ keeps nothing for groups that it does not know yet: a group gets what is published
    after its first `subscribe`.
    """

    def __init__(self, url: str) -> None:
        self._broker = RabbitBroker(
            url,
            default_channel=Channel(prefetch_count=1),
            apply_types=False,
            logger=LOGGER,
            log_level=DEBUG,
        )
        super().__init__(self._broker)

    async def publish(self, event: Event) -> None:
        """Send it and wait for the broker's confirmation."""
        topic = agents_topic(event.event_type)
        await self._start()
        await self._broker.publish(
            event.encode(),
            exchange=_EXCHANGE,
            routing_key=topic,
            mandatory=False,
            persist=True,
            content_type="application/json",
            message_id=event.event_id,
            correlation_id=event.correlation_id or event.event_id,
        )

    async def _listen(self, topics: Sequence[str], delivery: Delivery, group: str) -> None:
        for topic in topics:
            queue = RabbitQueue(f"{group}.{topic}", durable=True, routing_key=topic)
            subscriber = self._broker.subscriber(
                queue, _EXCHANGE, ack_policy=AckPolicy.NACK_ON_ERROR, decoder=body_of
            )
            subscriber(delivery.bring)
            await subscriber.start()
