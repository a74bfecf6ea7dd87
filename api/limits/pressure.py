"""Bounds how many calls are under way, so that a flood is refused instead of piling up.

A call belongs to nobody until its credential holds, then to a tenant. Nobody and each tenant have a
share of the places, so that whoever floods is told so while the others go on. Calls that only wait
for something to happen (long polls, streams) have places of their own.
"""

from collections import Counter
from dataclasses import dataclass, field

from prometheus_client import Gauge

from api.errors import Saturated, TooMany

under_way = Gauge("handraise_calls_under_way", "Calls being served", ["room"])
NOBODY = ""
AGAIN_SECONDS = 1


@dataclass(slots=True)
class Room:
    """Places for calls: so many in all, and of these so many for one tenant.

    Half of them may be nobody's: a burst of calls whose credentials must be looked up first.
    """

    name: str
    places: int
    share: int
    taken: int = 0
    by_tenant: Counter[str] = field(default_factory=Counter[str])

    def enter(self, tenant: str) -> None:
        """Takes a place.

        Raises:
            Saturated: there is none.
            TooMany: the tenant has its share.
        """
        if self.taken >= self.places:
            raise Saturated(f"{self.places} calls are under way here", AGAIN_SECONDS)
        if tenant == NOBODY and self.by_tenant[tenant] >= max(self.places // 2, 1):
            raise Saturated("Too many calls wait here to be let in", AGAIN_SECONDS)
        if tenant != NOBODY and self.by_tenant[tenant] >= self.share:
            raise TooMany(f"{self.share} calls of yours are under way here", AGAIN_SECONDS)
        self.taken += 1
        self.by_tenant[tenant] += 1
        under_way.labels(self.name).set(self.taken)

    def leave(self, tenant: str) -> None:
        """Gives a place back."""
        self.taken -= 1
        self.by_tenant[tenant] -= 1
        if not self.by_tenant[tenant]:
            del self.by_tenant[tenant]
        under_way.labels(self.name).set(self.taken)


class Visit:
    """One call under way; it has a place in one room until it leaves."""

    def __init__(self, calls: Room, watchers: Room) -> None:
        calls.enter(NOBODY)
        self._watchers = watchers
        self._room: Room | None = calls
        self._tenant = NOBODY

    def belongs_to(self, tenant: str) -> None:
        """The call is a tenant's.

        Raises:
            TooMany: that one has its share of calls under way.
        """
        self._move(self._room, tenant)

    def watches(self) -> None:
        """The call does nothing from here on but wait.

        Raises:
            Saturated: too many do.
            TooMany: too many of its tenant do.
        """
        self._move(self._watchers, self._tenant)

    def leave(self) -> None:
        """The call is over."""
        if self._room is not None:
            self._room.leave(self._tenant)
            self._room = None

    def _move(self, room: Room | None, tenant: str) -> None:
        if room is None or (room is self._room and tenant == self._tenant):
            return
        # First out, then in: at the last place of a room nobody stands in their own way.
        self.leave()
        room.enter(tenant)
        self._room, self._tenant = room, tenant


class Pressure:
    """The rooms of this process."""

    def __init__(self, *, calls: Room, watchers: Room) -> None:
        self._calls = calls
        self._watchers = watchers

    def visit(self) -> Visit:
        """A new call.

        Raises:
            Saturated: too many are under way.
        """
        return Visit(self._calls, self._watchers)
