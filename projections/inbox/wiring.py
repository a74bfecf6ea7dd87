"""Puts the queue's projector together."""

from pathlib import Path

from kernel.clock import utc_now
from kernel.service import Readiness, health_page, run_until_stopped
from kernel.settings import Settings
from projections.inbox.store import InboxStore
from projections.runner import CURRENT, Projector
from projections.view import View

INBOX = View(
    name="inbox",
    migrations=Path(__file__).parent / "migrations",
    tables={
        "request": ("request_id",),
        "question": ("request_id",),
        "policy": ("policy_id",),
        "tally": ("tenant", "partition", "kind", "state", "priority"),
    },
    carried=("change",),
    gather_ms=10,  # who answered looks at the queue next
    store=InboxStore,
)


async def serve(settings: Settings) -> None:
    """Runs the projector until the process is told to stop."""
    readiness = Readiness(CURRENT)
    projector = Projector(settings, INBOX, readiness, utc_now)
    await run_until_stopped([projector, health_page(settings, INBOX.name, readiness)])
