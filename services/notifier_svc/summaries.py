"""Says several notices to one person in one message, when the time for it has come.

A summary is a delivery without a payload; what it says is held under its id until then. So what is
decided meanwhile is not said any more, and one that has nothing left to say is not sent.
"""

from dataclasses import replace

from kernel.directory.preferences import AllPreferences
from kernel.outbound.delivery import Carrier, Delivery, Result, Verdict
from kernel.outbound.reserve import HeldStore
from services.notifier_svc.composing import Reader, summary_of
from services.notifier_svc.message import read_message, written_message
from services.notifier_svc.planning import SUMMARY

ITEMS_MAX = 100


class SummingCarrier:
    """A carrier that fills in summaries before it hands them on."""

    def __init__(
        self, inner: Carrier, held: HeldStore, preferences: AllPreferences, public_url: str
    ) -> None:
        self._inner = inner
        self._held = held
        self._preferences = preferences
        self._public_url = public_url

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt.

        Raises:
            Unavailable: the database is away, or as the inner carrier's; nothing was attempted.
        """
        if delivery.event != SUMMARY:
            return await self._inner.carry(delivery)
        held = await self._held.in_summary(delivery.id)
        if not held:
            return Result(verdict=Verdict.GIVE_UP, error="all of it was decided before")
        wishes = await self._preferences.get(delivery.tenant, delivery.person or "")
        reader = Reader(language=wishes.language, time_zone=wishes.time_zone)
        messages = [read_message(one.payload) for one in held[:ITEMS_MAX]]
        message = summary_of(messages, self._public_url, reader)
        return await self._inner.carry(replace(delivery, payload=written_message(message)))
