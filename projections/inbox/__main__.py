"""Runs the projector of the queue: `python -m projections.inbox`."""

import sys

from kernel.service import run_service
from projections.inbox.wiring import serve

sys.exit(run_service("inbox", serve))
