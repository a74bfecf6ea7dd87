"""The assumed layer: entries in flight, and the partition as it will be if all of them win."""

from collections import deque
from dataclasses import dataclass

from event_schemas.types import Seen
from kernel.chain import Head, Payload
from kernel.request.model import Request
from services.request_svc.writing.effect import Effect, gone_at
from services.request_svc.writing.partition import Partition


@dataclass(frozen=True, slots=True)
class Flying:
    """An entry in flight: its bytes, what it does, and the head after it (not yet placed)."""

    value: bytes
    hash: bytes
    payload: Payload
    effect: Effect
    before: Head
    after: Head


class Assumed:
    """Entries in flight on top of a confirmed partition."""

    def __init__(self, confirmed: Partition) -> None:
        self._confirmed = confirmed
        self._flying: deque[Flying] = deque()
        self._requests: dict[str, Request] = {}
        self._seen: dict[str, Seen] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._flying)

    @property
    def bytes(self) -> int:
        """Bytes in flight."""
        return self._bytes

    @property
    def head(self) -> Head:
        """The head after the last entry in flight."""
        return self._flying[-1].after if self._flying else self._confirmed.head

    @property
    def first(self) -> Flying | None:
        """The entry that the log should hold next."""
        return self._flying[0] if self._flying else None

    def request(self, request_id: str) -> Request | None:
        """The request as of the assumed head, or None if it is unknown or its stub is gone."""
        request = self._requests.get(request_id) or self._confirmed.request(request_id)
        if request is None:
            return None
        gone = gone_at(request.state)
        return None if gone is not None and gone <= self.head.at else request

    def outcome(self, command_id: str) -> Seen | None:
        """The first outcome of a command that is still remembered as of the assumed head."""
        seen = self._seen.get(command_id) or self._confirmed.outcome(command_id)
        return None if seen is None or seen.until <= self.head.at else seen

    def add(self, flying: Flying) -> None:
        """One more entry leaves."""
        self._flying.append(flying)
        self._bytes += len(flying.value)
        if flying.effect.request is not None:
            self._requests[flying.effect.request.state.request_id] = flying.effect.request
        if flying.effect.seen is not None:
            self._seen[flying.effect.seen.command_id] = flying.effect.seen

    def land(self) -> Flying:
        """The first entry was admitted and is confirmed from now on."""
        landed = self._flying.popleft()
        self._bytes -= len(landed.value)
        request, seen = landed.effect.request, landed.effect.seen
        # A later entry in flight may have put a newer one in its place; that one stays.
        if request is not None and self._requests.get(request.state.request_id) is request:
            del self._requests[request.state.request_id]
        if seen is not None and self._seen.get(seen.command_id) is seen:
            del self._seen[seen.command_id]
        return landed

    def drop(self) -> None:
        """Nothing in flight is believed any more."""
        self._flying.clear()
        self._requests.clear()
        self._seen.clear()
        self._bytes = 0
