"""Notices as the notifier writes them, for tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.notifier_svc.message import Choice, Fact, Message

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_plain = Message(
    request_id="6f3a9d0e-2f0b-4c1e-9a3c-1d2b7e4f8a90",
    why="asked",
    language="en",
    at=AT,
    subject="[urgent] Decide: Drop the table?",
    lead="Your decision is asked for.",
    title="Drop the table?",
    description="It holds 4 rows.",
    facts=(Fact("Asked by", "migrator"), Fact("Deadline", "2026-11-21 10:00 UTC")),
    button="Open",
    link="https://hands.example/requests/6f3a9d0e-2f0b-4c1e-9a3c-1d2b7e4f8a90",
    small="Opening the page decides nothing.",
    until="2026-11-21 10:00 UTC",
    deadline="2026-11-21T10:00:00+00:00",
    decisions=(
        Choice(name="approve", label="Approve", means="approve"),
        Choice(name="reject", label="Reject", means="reject"),
    ),
    revision=1,
)


def message(**fields: Any) -> Message:
    """A message with these fields changed."""
    return replace(_plain, **fields)
