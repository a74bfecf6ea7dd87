"""The history of a request: who did what and when; and its revisions, each with what changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from api.web.context_view import pretty, said, spoken
from api.web.time_words import moment
from api.web.views.words import Change, Piece, compare

Called = Callable[[str], str]
"""Gives a party's name for its id."""
_content = ("title", "description", "context", "form", "attachments")
_quiet = frozenset({"Notified", "CallbackSent", "Completed"})
_KEPT_CHARS = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of the history; a quiet one is of little interest to a reviewer."""

    event: str
    who: str
    text: str
    at: str
    at_iso: str
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """One part of the question that a revision changed."""

    name: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision of the question, and what changed in it since the one before.

    `asked_for` are the words with which that change was requested.
    """

    number: int
    at: str
    note: str
    asked_for: str
    altered: tuple[Altered, ...]
    is_current: bool


def told(entry: Mapping[str, Any], called: Called) -> Told:
    """A line for an entry of the API's history."""
    data: Mapping[str, Any] = entry["data"]
    response: Mapping[str, Any] = data.get("response") or {}
    decision = spoken(str(response.get("decision") or ""))
    why = data.get("detail") or data.get("reason")
    words = (decision, response.get("comment"), data.get("text"), data.get("note"), why)
    actor: Mapping[str, Any] = entry["actor"]
    return Told(
        event=spoken_event(entry["event"]),
        who="by the policy" if actor["kind"] == "policy" else _acted(actor, called),
        text="\n".join(str(word) for word in words if word),
        at=moment(entry["at"]),
        at_iso=f"{entry['at']:%Y-%m-%dT%H:%M:%SZ}",
        quiet=entry["event"] in _quiet,
    )


def _acted(actor: Mapping[str, Any], called: Called) -> str:
    absent = actor.get("on_behalf_of")
    return f"by {called(actor['id'])}" + (f" in place of {called(absent)}" if absent else "")


def spoken_event(name: str) -> str:
    """An event's name as words: `ChangesRequested` is "Changes requested"."""
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
    return words[:1].upper() + words[1:]


def comments_in(history: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """The entries that are comments."""
    return tuple(entry for entry in history if entry["event"] == "Commented")


def revisions_of(history: Sequence[Mapping[str, Any]]) -> tuple[Revision, ...]:
    """The revisions that a history tells of, the latest first; none where there was only one."""
    found: list[Revision] = []
    before: Mapping[str, str] | None = None
    asked_for = ""
    for entry in history:
        data: Mapping[str, Any] = entry["data"]
        if entry["event"] == "ChangesRequested":
            asked_for = str((data.get("response") or {}).get("comment") or "")
        if entry["event"] not in {"Requested", "Revised"}:
            continue
        now = _written(data)
        found.append(
            Revision(
                number=len(found) + 1,
                at=moment(entry["at"]),
                note=str(data.get("note") or ""),
                asked_for=asked_for,
                altered=() if before is None else _altered(before, now),
                is_current=False,
            )
        )
        before = now
    if len(found) < 2:  # noqa: PLR2004 # one revision has none to be compared with
        return ()
    last = found.pop()
    current = Revision(
        number=last.number,
        at=last.at,
        note=last.note,
        asked_for=last.asked_for,
        altered=last.altered,
        is_current=True,
    )
    return (current, *reversed(found))


def _written(data: Mapping[str, Any]) -> Mapping[str, str]:
    """The parts of a question as texts to compare; each value of its context is a part."""
    parts: dict[str, str] = {}
    for name in _content:
        value = data.get(name)
        if name == "attachments":
            value = "\n".join(f"{file['name']} ({file['sha256'][:16]})" for file in value or ())
        if name in {"context", "form"} and isinstance(value, str):
            value = orjson.loads(value)
        if name == "context" and isinstance(value, dict):
            parts |= {spoken(key): _text(inner) for key, inner in value.items()}
        elif value is not None:
            parts[spoken(name)] = _text(value)
    return parts


def _text(value: Any) -> str:
    return pretty(value) if isinstance(value, dict | list) and value else said(value)


def _altered(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Altered, ...]:
    names = [*now, *(name for name in before if name not in now)]
    return tuple(
        Altered(name=name, pieces=shortened(compare(before.get(name, ""), now.get(name, ""))))
        for name in names
        if before.get(name, "") != now.get(name, "")
    )


def shortened(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The pieces with long stretches that stayed cut down to what stands beside a change."""
    found: list[Piece] = []
    for place, piece in enumerate(pieces):
        if piece.change is not Change.SAME or len(piece.text) <= 2 * _KEPT_CHARS:
            found.append(piece)
            continue
        head = "" if place == 0 else piece.text[:_KEPT_CHARS]
        tail = "" if place == len(pieces) - 1 else piece.text[-_KEPT_CHARS:]
        found.append(Piece(Change.SAME, f"{head} […] {tail}"))
    return tuple(found)
