"""Gives each delivery to the carrier of its channel; one whose channel has none fails, and says so.

To add a channel: write a class with `carry` (`kernel.outbound.delivery.Carrier`), put it into the
table that the service's wiring makes, under the channel's name, and have the service's planning
name that channel. A carrier that can change what it brought (a chat message after the decision)
also has `amend` (`Amender`); nothing else needs to know.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from kernel.outbound.delivery import Carrier, Delivery, Result, Verdict

AMENDMENT = "amendment"
"""The event of deliveries that change what an earlier one brought."""


@runtime_checkable
class Amender(Protocol):
    """A carrier that can change what it brought."""

    async def amend(self, delivery: Delivery) -> Result:
        """One attempt to change an earlier message; the payload names it, and says how it ended.

        Raises:
            Unavailable: as `Carrier.carry`.
        """
        ...


class Carriers:
    """One carrier for each channel, behind the port of one."""

    def __init__(self, by_channel: Mapping[str, Carrier]) -> None:
        self._by_channel = dict(by_channel)

    @property
    def channels(self) -> frozenset[str]:
        """The channels that are set up."""
        return frozenset(self._by_channel)

    @property
    def amendable(self) -> frozenset[str]:
        """The channels on which what was brought can be changed."""
        return frozenset(name for name, one in self._by_channel.items() if isinstance(one, Amender))

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt on the delivery's channel.

        Raises:
            Unavailable: as the carrier's own.
        """
        carrier = self._by_channel.get(delivery.channel)
        if carrier is None:
            return _refused(f"the channel {delivery.channel!r} is not set up here")
        if delivery.event != AMENDMENT:
            return await carrier.carry(delivery)
        if not isinstance(carrier, Amender):
            return _refused(f"what went by {delivery.channel!r} can't be changed")
        return await carrier.amend(delivery)


def _refused(why: str) -> Result:
    return Result(verdict=Verdict.GIVE_UP, error=why)
