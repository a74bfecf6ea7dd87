"""Runs the projector of the timeline: `python -m projections.history`."""

import sys

from kernel.service import run_service
from projections.history.wiring import serve

sys.exit(run_service("history", serve))
