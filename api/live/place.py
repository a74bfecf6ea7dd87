"""A place in the stream of changes, which a client keeps as `Last-Event-ID`.

It holds, for each partition of the log, the offset of the last entry whose changes were told. Log
offsets are the one numbering that all replicas of the api share and that neither a restart nor a
rebuild of the view changes; a sequence of the view's own would begin anew with each rebuild. The
moment in it tells whether the changes since then are still kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_form = re.compile(r"1-[0-9a-z]{1,8}(-[0-9a-z]{1,13}){1,1024}\Z")
_digits = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Place:
    """All changes were told up to these log offsets, as they stood at this moment."""

    offsets: Mapping[int, int]
    at: datetime

    def text(self) -> str:
        """The place as an event's id: the moment, then the partitions' next offsets, in base 36."""
        numbers = [int(self.at.timestamp())]
        numbers += [self.offsets.get(p, -1) + 1 for p in range(max(self.offsets, default=0) + 1)]
        return "-".join(("1", *map(_base36, numbers)))


def read_place(text: str, partitions: int) -> Place | None:
    """The place that an event's id names; None where it is no id of a log with these partitions."""
    if not _form.match(text):
        return None
    seconds, *offsets = (int(number, 36) for number in text.split("-")[1:])
    if len(offsets) != partitions:
        return None
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return Place({p: offset - 1 for p, offset in enumerate(offsets)}, at)


def _base36(number: int) -> str:
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = _digits[digit] + text
        if number == 0:
            return text
