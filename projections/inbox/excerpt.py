"""One line of what a question holds, for lists: the beginning of its payload, or of its words."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from projections.json_text import plain, to_json

MAX_EXCERPT = 160
MAX_TEXT = 80
MAX_LOOKED_AT = 12
MAX_ITEMS = 3
MAX_READ = 400
_cut = "…"


def excerpt_of(description: str | None, context: Any, personal: Collection[str]) -> str:
    """What there is to see at a glance: "amount: 1200 · currency: EUR"; empty where nothing is.

    `personal` are the pointers of fields that lists don't show.
    """
    shown = " · ".join(_told(context, frozenset(personal))) or one_line(description or "")
    return shortened(plain(shown), MAX_EXCERPT)


def one_line(text: str) -> str:
    """The first line that says something, spaces made single."""
    lines = (" ".join(line.split()) for line in text[:MAX_READ].splitlines())
    return next(filter(None, lines), "")


def shortened(text: str, limit: int) -> str:
    """The text, cut with a mark where it is longer."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _cut


def _told(context: Any, personal: frozenset[str]) -> Iterator[str]:
    if not isinstance(context, Mapping):
        if said := _said(context):
            yield said
        return
    # Long texts, such as diffs, say little in their first line, so the short values come first.
    for name in sorted(list(context)[:MAX_LOOKED_AT], key=lambda name: _is_long(context[name])):
        if _pointer(name) in personal or any(p.startswith(_pointer(name) + "/") for p in personal):
            continue
        if said := _said(context[name]):
            yield f"{str(name).replace('_', ' ')}: {said}"


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _said(value: Any) -> str:
    """A value in a few words; what has an inside of its own says only its short texts."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return shortened(one_line(value), MAX_TEXT)
    if isinstance(value, int | float):
        return to_json(value)
    inner = list(value.values()) if isinstance(value, Mapping) else list(value)
    words = [_said(one) for one in inner[:MAX_ITEMS] if not isinstance(one, Mapping | list)]
    more = "" if len(inner) <= MAX_ITEMS else f", {_cut}"
    said = ", ".join(filter(None, words))
    return shortened(said + more, MAX_TEXT) if said else ""


def _pointer(name: Any) -> str:
    return "/" + str(name).replace("~", "~0").replace("/", "~1")
