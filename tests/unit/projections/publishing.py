"""Puts a book's records onto a real broker."""

from kernel.kafka import create_topics, producer, topic_name
from kernel.settings import Settings
from kernel.topics import LOG
from tests.unit.projections.book import Book


class Publisher:
    """Publishes a book bit by bit, each partition in order."""

    def __init__(self, settings: Settings, book: Book) -> None:
        self._settings = settings
        self._book = book
        self._sent = dict.fromkeys(range(book.partitions), 0)

    def skip_sent(self) -> None:
        """Takes what the book holds so far for sent."""
        self._sent = {partition: len(values) for partition, values in self._book.values.items()}

    async def publish(self, at_most: int | None = None) -> None:
        """Sends what was not sent yet, or so many records of each partition."""
        sender = await producer(self._settings)
        try:
            for partition, values in self._book.values.items():
                begin = self._sent[partition]
                end = len(values) if at_most is None else min(begin + at_most, len(values))
                for value in values[begin:end]:
                    await sender.send(
                        topic_name(self._settings, LOG), value=value, partition=partition
                    )
                self._sent[partition] = end
            await sender.flush()
        finally:
            await sender.stop()


async def settings_for(kafka: str, dsn: str, prefix: str, partitions: int) -> Settings:
    """Settings under a prefix of their own, with the topics made."""
    made = Settings(kafka=kafka, pg_dsn=dsn, topic_prefix=prefix, partitions=partitions)
    await create_topics(made)
    return made
