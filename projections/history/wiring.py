"""Puts the timeline's projector together."""

from pathlib import Path

from kernel.clock import utc_now
from kernel.service import Readiness, health_page, run_until_stopped
from kernel.settings import Settings
from projections.history.store import HistoryStore
from projections.runner import CURRENT, Projector
from projections.view import View

HISTORY = View(
    name="history",
    migrations=Path(__file__).parent / "migrations",
    tables={"event": ("request_id", "partition", "log_offset", "step")},
    gather_ms=50,
    store=lambda _announcing: HistoryStore(),
)


async def serve(settings: Settings) -> None:
    """Runs the projector until the process is told to stop."""
    readiness = Readiness(CURRENT)
    projector = Projector(settings, HISTORY, readiness, utc_now)
    await run_until_stopped([projector, health_page(settings, HISTORY.name, readiness)])
