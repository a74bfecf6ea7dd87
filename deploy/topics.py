"""Lists the topics: what each carries, its key, partitions, retention, and how far it is.

    python -m deploy.topics

`written` is the sum of the partitions' end offsets: how many records were ever written to a topic.
"""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from kernel.errors import HandraiseError, Unavailable
from kernel.kafka import CONNECT_SECONDS, connection, stop_consumer, topic_name, unreachable
from kernel.settings import Settings
from kernel.topics import ALL, DAY_MS, Topic

HEADINGS = ("topic", "key", "partitions", "kept", "written", "carries")
_hour_ms = 3600 * 1000


async def end_offsets(settings: Settings) -> dict[str, list[int]]:
    """The end offsets of the partitions, in their order, by topic; missing topics are left out.

    Raises:
        Unavailable: the broker is away.
    """
    admin = AIOKafkaAdminClient(**connection(settings))
    consumer = AIOKafkaConsumer(**connection(settings))
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await admin.start()
            await consumer.start()
            described = await admin.describe_topics([topic_name(settings, t) for t in ALL])
            places = {
                one["topic"]: sorted(
                    TopicPartition(one["topic"], found["partition"]) for found in one["partitions"]
                )
                for one in described
                if one["error_code"] == 0
            }
            ends = await consumer.end_offsets([one for found in places.values() for one in found])
    except (KafkaError, *unreachable) as error:
        raise Unavailable(f"Kafka at {settings.kafka} is away: {error}") from error
    finally:
        await admin.close()
        await stop_consumer(consumer)
    return {name: [ends[place] for place in found] for name, found in places.items()}


def rows_of(settings: Settings, ends: Mapping[str, Sequence[int]]) -> list[tuple[str, ...]]:
    """A row of texts for each topic, in the order of `HEADINGS`."""
    rows: list[tuple[str, ...]] = []
    for topic in ALL:
        name = topic_name(settings, topic)
        found = ends.get(name)
        counted = ("-", "missing") if found is None else (str(len(found)), str(sum(found)))
        partitions, written = counted
        rows.append((name, topic.key, partitions, kept(topic), written, topic.carries))
    return rows


def kept(topic: Topic) -> str:
    """How long a topic keeps its records, in words."""
    if topic.retention_ms < 0:
        return "for ever"
    days, rest = divmod(topic.retention_ms, DAY_MS)
    return f"{days} d" if days and not rest else f"{topic.retention_ms // _hour_ms} h"


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """The rows under their headings, in columns."""
    lines = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]


def main() -> int:
    """Prints the table; gives the exit code."""
    try:
        settings = Settings.load()
        ends = asyncio.run(end_offsets(settings))
    except HandraiseError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    print("\n".join(table(rows_of(settings, ends))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
