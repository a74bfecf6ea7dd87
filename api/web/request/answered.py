"""What a page tells of the answer: how it ended, what was decided, and what proves the looking."""

from collections.abc import Callable, Mapping
from typing import Any

from api.web.context_view import Named, named, spoken
from api.web.time_words import moment
from api.web.views.layout import Layout
from api.web.views.words import Piece, compare

Called = Callable[[str], str]
"""Gives a party's name for its id."""


def outcome_line(request: Mapping[str, Any], called: Called) -> str:
    """How a request ended, in a line; empty while it is open."""
    outcome, response = request["outcome"], request["response"] or {}
    if outcome is None:
        return ""
    words = spoken(outcome)
    decision = str(response.get("decision") or "").replace("_", " ")
    by = "by the deadline's rule" if response.get("default") else ""
    who = by or (f"by {called(request['responded_by'])}" if request["responded_by"] else "")
    return " ".join(filter(None, (f"{words}:" if decision else words, decision, who)))


def answer_in(request: Mapping[str, Any], called: Called) -> tuple[Named, ...]:
    """The answer as named values; none where there is none."""
    response = request["response"]
    if response is None:
        return ()
    told = {key: response[key] for key in ("decision", "comment", "data")}
    shown = tuple(named(key, value) for key, value in told.items() if value is not None)
    rule, responder, seen = response["rule"], response["responder_id"], response["seen"]
    facts = (
        ("By standing rule", _rule_words(rule, called) if rule else ""),
        ("By", called(responder) if responder and not rule else ""),
        ("Answered", moment(request["responded_at"])),
        ("Looked at", _look_words(seen) if seen else ""),
    )
    return (*shown, *(Named(name=name, text=text) for name, text in facts if text))


def edit_made(request: Mapping[str, Any], layout: Layout) -> tuple[Piece, ...]:
    """How the edited text of an answer differs from the draft."""
    edited, draft = (request["response"] or {}).get("edited"), layout.editable
    if not isinstance(edited, dict) or draft is None:
        return ()
    after: Any = edited
    for step in draft.path:
        after = after.get(step) if isinstance(after, dict) else None
    return compare(draft.text, after) if isinstance(after, str) else ()


def may_become_rule(request: Mapping[str, Any], me: str) -> bool:
    """Whether the viewer gave this answer in person, so that a rule may be made from it."""
    response = request["response"]
    return response is not None and response["responder_id"] == me and response["rule"] is None


def _rule_words(rule: Mapping[str, Any], called: Called) -> str:
    maker = f", made by {called(rule['maker'])}" if rule["maker"] else ""
    return f"{rule['rule']}, version {rule['rule_version']}{maker}"


def _look_words(seen: Mapping[str, Any]) -> str:
    """What the reviewer had before them, and whose word for it this is."""
    parts = ", ".join(spoken(part).lower() for part in seen["opened"])
    opened = f"; opened: {parts}" if parts else ""
    whose = "as our page signed it" if seen["proven"] else "by the caller's own word"
    return f"{seen['in_view_seconds']} s in view{opened} ({whose})"
