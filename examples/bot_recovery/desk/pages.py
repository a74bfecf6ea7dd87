"""Renders the desk's templates, with the words and times that they share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse

from examples.bot_recovery.failures import FailureType
from examples.bot_recovery.people import Manager
from examples.bot_recovery.review_queue import DECISIONS
from examples.bot_recovery.warmup import AccountStatus

_TEMPLATES = Path(__file__).parent / "templates"
_AGES = (("", "any age"), ("15", "15 minutes"), ("60", "1 hour"), ("1440", "1 day"))
_WORDS = {
    "retry": "Try again",
    "skip_phase": "Skip phase",
    "reset_account": "Reset account",
    "cannot_fix": "Can't fix",
    "mended_retry": "Retry, mended first",
    "automatic_retry": "Automatic retry",
}
_SHARED: dict[str, Any] = {
    "types": list(FailureType),
    "statuses": [*AccountStatus, "any"],
    "ages": _AGES,
    "decisions": DECISIONS,
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Pages:
    """The templates, and how values are written in them."""

    def __init__(self) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "spoken": spoken,
            "ago": _ago_now,
            "clock": clock,
        }

    def show(
        self, template: str, manager: Manager | None, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page; whatever comes from bots, sites and people is escaped."""
        text = self._templates.get_template(template).render({**_SHARED, "who": manager, **values})
        return HTMLResponse(text, status)


def spoken(word: str) -> str:
    """A word of the tables as people say it."""
    return _WORDS.get(word) or str(word).replace("_", " ")


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was, roughly."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h ago"
    return f"{seconds // _DAY} d ago"


def clock(at: datetime) -> str:
    """An instant, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _ago_now(at: datetime) -> str:
    return ago(at, datetime.now(UTC))
