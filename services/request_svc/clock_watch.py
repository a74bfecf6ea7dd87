"""Watches the broker's clock, by which every deadline is judged."""

from datetime import datetime, timedelta

CLOCK_GAP = timedelta(seconds=2)


def clock_alarm(received_at: datetime, log_at: datetime, now: datetime) -> str | None:
    """What is wrong with the broker's stamp of a command, None if nothing; no reason to refuse.

    `log_at` is the log's time, `now` this machine's. A stamp behind `now` is no sign by itself,
    since commands may have waited; one behind the log's time is.
    """
    if received_at - now > CLOCK_GAP:
        return "the broker's clock is ahead of this machine's"
    if log_at - received_at > CLOCK_GAP:
        return "the broker's clock went back"
    return None
