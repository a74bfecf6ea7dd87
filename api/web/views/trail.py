"""The view of something that failed: what went wrong, and what was done just before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.web.context_view import Named, first_of, is_plain, named, pretty, said, spoken

_step_keys = ("actions", "last_actions", "bot_actions", "steps", "timeline", "events", "log")
_failure_keys = ("failure", "error", "error_detail", "exception")
_message_keys = ("message", "error", "error_detail", "detail", "reason", "description")
_page_keys = ("page_text", "page", "page_content", "visible_text")
_what_keys = ("action", "name", "step", "event", "type", "title", "operation")
_when_keys = ("at", "time", "timestamp", "started_at")
_how_keys = ("status", "result", "outcome", "state")
_went_wrong = ("fail", "error", "block", "denied", "timeout", "reject")
MAX_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that was done: when, what, how it went, and what else is known of it."""

    at: str
    what: str
    how: str
    failed: bool
    detail: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What failed and how: the message, the facts, the page's words, and the steps before it."""

    title: str
    message: str
    facts: tuple[Named, ...]
    page_text: str
    steps: tuple[Step, ...]


def trail_of(context: Mapping[str, Any]) -> tuple[Trail | None, frozenset[str]]:
    """What a context tells of a failure, and the keys that told it; None if it tells nothing."""
    failure_key = next((k for k in _failure_keys if context.get(k)), "")
    step_key = next((k for k in _step_keys if isinstance(context.get(k), list)), "")
    page_key = next((k for k in _page_keys if isinstance(context.get(k), str)), "")
    used = {failure_key, step_key, page_key} - {""}
    if not used:
        return None, frozenset()
    failure = context.get(failure_key) if failure_key else {}
    record: Mapping[str, Any] = failure if isinstance(failure, dict) else {"message": failure}
    type_key, kind = first_of(record, ("type", "kind", "code"))
    message_key, message = first_of(record, _message_keys)
    inner_page = next((k for k in _page_keys if isinstance(record.get(k), str)), "")
    inner = {type_key, message_key, inner_page} - {""}
    found = Trail(
        title=spoken(said(kind)) if type_key else "",
        message=said(message) if message_key and message else "",
        facts=tuple(named(k, v) for k, v in record.items() if k not in inner),
        page_text=str(context.get(page_key) or record.get(inner_page) or ""),
        steps=tuple(_step(item) for item in context.get(step_key, ())[-MAX_STEPS:]),
    )
    return found, frozenset(used)


def _step(item: Any) -> Step:
    if not isinstance(item, dict):
        what = said(item) if is_plain(item) else pretty(item)
        return Step(at="", what=what, how="", failed=False)
    when_key, at = first_of(item, _when_keys)
    what_key, what = first_of(item, _what_keys)
    how_key, how = first_of(item, _how_keys)
    detail_key, detail = first_of(item, _message_keys)
    used = {when_key, what_key, how_key, detail_key} - {""}
    rest = ((spoken(k), said(v) if is_plain(v) else pretty(v)) for k, v in item.items())
    words = f"{how} {'error' if item.get('error') else ''}".lower()
    return Step(
        at=str(at or ""),
        what=spoken(said(what)) if what_key else "",
        how=said(how) if how_key else "",
        failed=any(word in words for word in _went_wrong) or item.get("ok") is False,
        detail=said(detail) if detail_key and detail else "",
        more=tuple(pair for pair, k in zip(rest, item, strict=True) if k not in used),
    )
