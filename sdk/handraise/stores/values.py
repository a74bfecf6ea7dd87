"""How JSON and instants are written into a row, and read from it, in either database."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_ESCAPED_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def to_json(value: Any) -> str:
    """JSON text for a JSON column.

    Raises ValueError for what PostgreSQL's JSONB can't hold: NaN and infinities, NUL characters
    and halves of surrogate pairs. SQLite could, but an agent must not depend on its store.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if _ESCAPED_NUL.search(text):
        raise ValueError("A state can't hold NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError as wrong:
        raise ValueError("A state can't hold halves of surrogate pairs") from wrong
    return text


def from_json(value: Any) -> Any:
    """What a JSON column holds: its drivers give text."""
    return None if value is None else json.loads(value)


def object_from(value: Any) -> Mapping[str, Any]:
    """The JSON object that a column holds."""
    return from_json(value) or {}


def instant(value: Any) -> datetime:
    """The instant that a column holds, in UTC; SQLite gives text."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC)


def instant_or_none(value: Any) -> datetime | None:
    """The same for a column that may be NULL."""
    return None if value is None else instant(value)
