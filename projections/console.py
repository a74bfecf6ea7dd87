"""Shows in a terminal how a rebuild goes on."""

import time
from typing import TextIO

from projections.build import Progress

EVERY_SECONDS = 1.0


class Console:
    """Writes lines, and the progress now and then; `subject` begins each progress line."""

    def __init__(self, out: TextIO, subject: str) -> None:
        self._out = out
        self._subject = subject
        self._shown_at = 0.0

    def line(self, text: str) -> None:
        """Writes a line."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def progress(self, now: Progress) -> None:
        """Writes how far it is, at most once a second and at the end of a way."""
        if time.monotonic() - self._shown_at < EVERY_SECONDS and now.done < now.total:
            return
        self._shown_at = time.monotonic()
        percent = 100 * now.done // max(now.total, 1)
        left = f", {now.seconds_left:.0f} s to go" if now.done < now.total else ""
        self.line(
            f"{self._subject}: {now.done:,} of {now.total:,} log records ({percent} %),"
            f" {now.per_second:,.0f}/s{left}"
        )
