"""What a view's batches show of themselves in traces."""

from collections.abc import Iterator, Sequence

from event_schemas.types import Entry
from projections.view import Slice


def traces_in(slices: Sequence[Slice]) -> Iterator[str | None]:
    """The `traceparent` of each entry, as it was commanded."""
    for piece in slices:
        for admitted in piece.admitted:
            if isinstance(admitted.payload, Entry):
                yield admitted.payload.traceparent
