"""The event bus over Apache Kafka (extra `kafka`)."""

from collections.abc import Sequence
from logging import DEBUG
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NoError, TopicAlreadyExistsError, for_code
from faststream.kafka import KafkaBroker, Topic
from faststream.middlewares import AckPolicy

from handraise.bus import agents_topic
from handraise.buses.broker_bus import LOGGER, BrokerBus, body_of
from handraise.buses.delivery import Delivery
from handraise.events import Event


class KafkaBus(BrokerBus):
    """`EventBus` over Kafka: topics by event type, the workflow as key, groups as groups.

    Sends are idempotent and acknowledged by all in-sync replicas; an event's offset is committed
    after its handler has returned; a new group begins at the oldest event.
    """

    def __init__(self, bootstrap_servers: str) -> None:
        self._servers = bootstrap_servers
        self._broker = KafkaBroker(
            bootstrap_servers,
            acks="all",
            enable_idempotence=True,
            apply_types=False,
            logger=LOGGER,
            log_level=DEBUG,
        )
        super().__init__(self._broker)

    async def publish(self, event: Event) -> None:
        """Send it and wait for the broker's acknowledgement."""
        topic = agents_topic(event.event_type)
        await self._start()
        await self._broker.publish(
            event.encode(),
            topic=topic,
            key=event.workflow_id.encode(),
            headers={"content-type": "application/json"},
            correlation_id=event.correlation_id or event.event_id,
        )

    async def create_topics(
        self, topics: Sequence[str], *, partitions: int = 3, replicas: int = 1
    ) -> list[str]:
        """Make the topics that are missing; which those were. Raises KafkaError if one can't be."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        await admin.start()
        try:
            known = set(await admin.list_topics())
            missing = [topic for topic in topics if agents_topic(topic) not in known]
            if missing:
                made: Any = await admin.create_topics(
                    [NewTopic(topic, partitions, replicas) for topic in missing]
                )
                for topic, code, *reason in made.topic_errors:
                    if code not in (NoError.errno, TopicAlreadyExistsError.errno):
                        raise for_code(code)(f"{topic} was not made: {reason}")
            return missing
        finally:
            await admin.close()

    async def _listen(self, topics: Sequence[str], delivery: Delivery, group: str) -> None:
        subscriber = self._broker.subscriber(
            *[Topic(topic, declare=False) for topic in topics],
            group_id=group,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=body_of,
        )
        subscriber(delivery.bring)
        await subscriber.start()
