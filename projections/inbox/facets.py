"""Takes a kind's facets out of a question's context."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from event_schemas.types import Facet, FacetType
from projections.inbox.row import FacetValue
from projections.json_text import plain

MAX_TEXT = 200


def facets_of(facets: Sequence[Facet], context: Any) -> dict[str, FacetValue]:
    """The facets' values by name; values that are absent or of another type are left out."""
    found: dict[str, FacetValue] = {}
    for facet in facets:
        value = typed(facet.type, at_pointer(context, facet.pointer))
        if value is not None:
            found[plain(facet.name)] = value
    return found


def at_pointer(document: Any, pointer: str) -> Any:
    """The value that a JSON pointer (RFC 6901) names, or None where there is none."""
    if not pointer:
        return document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping):
            document = document.get(name)
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return None
    return document


def typed(kind: FacetType, value: Any) -> FacetValue | None:
    """The value as one of this type, or None if it is not; long text is cut to 200 characters."""
    if kind is FacetType.BOOLEAN:
        return value if isinstance(value, bool) else None
    if kind is FacetType.NUMBER:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if number and math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    return instant(value) if kind is FacetType.INSTANT else plain(value)[:MAX_TEXT]


def instant(text: str) -> str | None:
    """A moment in RFC 3339 as text that sorts by time (UTC, microseconds); None if it is none."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        in_utc = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")
