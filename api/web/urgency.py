"""How much time is left, in words that are read at a glance, and how much it presses.

`countdown.js` goes on counting in the browser by the same rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from api.web.time_words import instant, span

NOW, SOON, TODAY = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24)
SECONDS_BELOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Left:
    """Time left: its words, its urgency (none, calm, today, soon, now, over), and the deadline."""

    text: str
    urgency: str
    deadline: str


def left_of(deadline: datetime | None, now: datetime) -> Left:
    """What is left until a deadline: "2 d 3 h left", "4 min 07 s left" or "overdue"."""
    if deadline is None:
        return Left("no deadline", "none", "")
    # A second that has begun is left: what is over here must be over for the writer.
    left = timedelta(seconds=ceil((deadline - now).total_seconds()))
    return Left(_words(left), _urgency(left), instant(deadline))


def _words(left: timedelta) -> str:
    if left <= timedelta(0):
        return "overdue"
    if left >= SECONDS_BELOW:
        return f"{span(left)} left"
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    return f"{minutes} min {seconds:02d} s left" if minutes else f"{seconds} s left"


def _urgency(left: timedelta) -> str:
    steps = ((timedelta(0), "over"), (NOW, "now"), (SOON, "soon"), (TODAY, "today"))
    return next((word for bound, word in steps if left <= bound), "calm")
