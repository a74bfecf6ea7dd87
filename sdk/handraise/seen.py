"""What a client has seen of each request, so that what it reads next is at least as new."""

from collections import OrderedDict
from threading import Lock

from handraise.models import Request

_KEPT = 10_000


class Seen:
    """The newest version of each request that a client has met; safe to share between threads.

    Views of the service lag behind its log for a moment. A client that asks for what it has
    already seen reads its own writes, and never goes back in time (Terry et al., "Session
    Guarantees for Weakly Consistent Replicated Data", 1994: read your writes, monotonic reads).
    """

    def __init__(self, kept: int = _KEPT) -> None:
        """`kept` is how many requests are remembered; the one not met for longest goes first."""
        self._kept = kept
        self._versions: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def note(self, request: Request) -> Request:
        """Remember a request that came back; returns it."""
        if request.version is not None:
            with self._lock:
                known = self._versions.pop(request.id, 0)
                self._versions[request.id] = max(known, request.version)
                if len(self._versions) > self._kept:
                    self._versions.popitem(last=False)
        return request

    def least(self, request_id: str) -> int | None:
        """The version to ask for, or None of a request not met yet."""
        return self._versions.get(request_id)
