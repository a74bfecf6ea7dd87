"""Another way for what does not arrive: when a delivery in reserve goes, or is not needed; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.outbound.delivery import Standing
from kernel.outbound.receipts import Receipt

REPORTS_ARRIVAL = frozenset({"sms"})
"""Channels whose providers say whether a message arrived; on others, taken is as good as that."""
_arrived = (Receipt.DELIVERED, Receipt.CLICKED)


class Fate(StrEnum):
    """What becomes of a delivery in reserve."""

    WAITS = "waits"
    GOES = "goes"
    DROPS = "drops"


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The delivery in whose place the one in reserve would go."""

    channel: str
    standing: Standing
    receipt: Receipt | None


def fate(first: First, *, now: datetime, patience_ends: datetime) -> Fate:
    """Whether the delivery in reserve goes, waits or drops.

    It goes when the first one failed, or has not arrived when patience ends.
    """
    if first.receipt in _arrived or first.standing is Standing.WITHDRAWN:
        return Fate.DROPS
    if first.standing is Standing.FAILED or first.receipt is Receipt.FAILED:
        return Fate.GOES
    if first.standing is Standing.DELIVERED and first.channel not in REPORTS_ARRIVAL:
        return Fate.DROPS
    return Fate.GOES if now >= patience_ends else Fate.WAITS
