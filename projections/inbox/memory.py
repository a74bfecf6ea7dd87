"""What a projector remembers of the rows that it wrote, so that it need not read them back."""

from collections.abc import Iterable

from projections.inbox.row import InboxRow
from projections.view import Slice

KEPT_ROWS = 20_000


class Memory:
    """The rows last written, by partition; true for as long as nobody else moves a partition.

    Whoever else wrote rows of a partition moved its position, so that what is applied next begins
    at another head than the one remembered: then the partition is forgotten.
    """

    def __init__(self, kept_rows: int = KEPT_ROWS) -> None:
        self._kept_rows = kept_rows
        self._heads: dict[int, bytes] = {}
        self._rows: dict[str, tuple[int, InboxRow]] = {}

    def recall(self, slices: Iterable[Slice]) -> None:
        """Forgets what does not hold where these slices begin."""
        for piece in slices:
            partition = piece.partition
            if self._heads.get(partition) == piece.before.hash:
                continue
            if self._heads.pop(partition, None) is not None:
                kept = self._rows.items()
                self._rows = {i: found for i, found in kept if found[0] != partition}

    def row(self, request_id: str) -> InboxRow | None:
        """A row as it stands in the table, or None if it is not remembered."""
        found = self._rows.get(request_id)
        return None if found is None else found[1]

    def keep(self, rows: dict[str, tuple[int, InboxRow]], heads: dict[int, bytes]) -> None:
        """Remembers rows that were written, and the heads of their partitions behind them."""
        self._heads |= heads
        for request_id, found in rows.items():
            # What was written last is asked for first: it goes to the end.
            self._rows.pop(request_id, None)
            self._rows[request_id] = found
        for oldest in list(self._rows)[: max(len(self._rows) - self._kept_rows, 0)]:
            del self._rows[oldest]
