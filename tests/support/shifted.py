"""Runs a service whose machine clock is wrong, as `SHIFTED_MODULE` and `SHIFTED_SECONDS` say.

Everything of ours asks `kernel.clock`; libraries ask `time.time`. Both are moved.
"""

import os
import runpy
import time
from datetime import UTC, datetime, timedelta

import kernel.clock


def shift(seconds: float) -> None:
    """Moves the wall clock of this process."""
    right = time.time
    moved = timedelta(seconds=seconds)
    time.time = lambda: right() + seconds
    time.time_ns = lambda: int((right() + seconds) * 1e9)
    kernel.clock.utc_now = lambda: datetime.fromtimestamp(right(), UTC) + moved


if __name__ == "__main__":
    shift(float(os.environ["SHIFTED_SECONDS"]))
    runpy.run_module(os.environ["SHIFTED_MODULE"], run_name="__main__")
