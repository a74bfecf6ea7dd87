"""Moments that tests talk about."""

from datetime import UTC, datetime

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
