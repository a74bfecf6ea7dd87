"""The operator's word that commands were lost: `python -m services.request_svc.rebase`.

A partition whose commands were cut off stops loudly. After looking into why, an operator says with
this where decisions go on. The word is an entry of the log like any other: the first to extend the
chain wins, so it needs no lock, and it stands there for ever with its reason and its author.
"""

import argparse
import asyncio
import sys

from event_schemas.types import Rebase
from kernel.chain import Head, frame, hash_of
from kernel.codec import encode
from kernel.errors import HandraiseError
from kernel.kafka import discard, producer, topic_name
from kernel.log_reader import LogReader
from kernel.settings import Settings
from kernel.topics import LOG

CONFIRM_SECONDS = 15


async def rebase(settings: Settings, partition: int, to: int, reason: str, who: str) -> Head:
    """Appends the rebase to one partition of the log and gives the head after it is admitted.

    Raises:
        HandraiseError: the broker is away, the log is cut, or another entry came first.
    """
    reader = LogReader(settings)
    await reader.start()
    try:
        head = await _end_of_log(reader, partition)
        word = Rebase(to=to, reason=reason, who=who, at=head.at)
        value = frame(head, encode(word))
        sender = await producer(settings)
        try:
            await sender.send_and_wait(topic_name(settings, LOG), value, partition=partition)
        finally:
            await discard(sender)
        async with asyncio.timeout(CONFIRM_SECONDS):
            async for batch in reader.batches():
                if batch.head.hash == hash_of(value):
                    return batch.head
                if batch.admitted:
                    break
    finally:
        await reader.stop()
    raise HandraiseError("another entry came first; look again and repeat")


async def _end_of_log(reader: LogReader, partition: int) -> Head:
    head = reader.genesis(partition)
    end = await reader.ends(partition)
    await reader.follow(partition, head)
    if end == 0:
        return head
    async for batch in reader.batches():
        head = batch.head
        if batch.next_log_offset >= end:
            break
    return head


def main() -> int:
    """Reads the operator's words from the command line; exit status 0 when the log holds them."""
    parser = argparse.ArgumentParser(prog="rebase", description=__doc__)
    parser.add_argument("--partition", type=int, required=True)
    parser.add_argument("--to", type=int, required=True, help="offset of the next command")
    parser.add_argument("--reason", required=True)
    parser.add_argument("--who", required=True)
    said = parser.parse_args()
    try:
        head = asyncio.run(rebase(Settings.load(), said.partition, said.to, said.reason, said.who))
    except (HandraiseError, TimeoutError) as error:
        print(f"rebase failed: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"decisions of partition {said.partition} go on at {head.next_command_offset}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
