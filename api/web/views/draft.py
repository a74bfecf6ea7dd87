"""The text that a question is about: shown whole, compared with its original, and to be edited."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from api.web.context_view import is_plain, pretty, spoken
from api.web.views.words import Change, Piece, compare

TEXT_KEYS = (
    *("script", "rewritten_script", "text", "draft", "content", "body", "copy", "message"),
    *("caption", "headline", "article", "post", "email", "reply", "answer", "question", "summary"),
)
LONG_CHARS = 80
OUTPUT_KEYS = ("output", "result", "answer", "response", "draft", "completion")
_original_keys = ("original", "before", "previous", "original_script", "original_text", "source")
_text_within = ("text", "content", "body", "script")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What can be edited: its place in the context, its text, and how it came to be.

    `is_json` means that the text is a JSON value. `changes` compare it with the original, if the
    context has one; its place there is `original_key`.
    """

    name: str
    path: tuple[str, ...]
    text: str
    is_json: bool = False
    original_key: str = ""
    changes: tuple[Piece, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether there is an original that it differs from."""
        return any(piece.change is not Change.SAME for piece in self.changes)

    @property
    def rows(self) -> int:
        """How many lines a box for it should show."""
        return min(max(self.text.count("\n") + len(self.text) // 90 + 2, 4), 18)


def draft_of(context: Mapping[str, Any], keys: tuple[str, ...] = TEXT_KEYS) -> Draft | None:
    """The text that a context is about: under one of these keys, else its only long text."""
    key = next((k for k in keys if k in context and context[k] not in (None, "", {}, [])), "")
    if not key:
        texts = [k for k, v in context.items() if isinstance(v, str) and _is_long(v)]
        key = texts[0] if len(texts) == 1 else ""
    if not key:
        return None
    path, value = next(_places(key, context[key]))
    original_key = next((k for k in _original_keys if isinstance(context.get(k), str)), "")
    text = value if isinstance(value, str) else pretty(value)
    changes = compare(context[original_key], text) if original_key and original_key != key else ()
    return Draft(
        name=spoken(key),
        path=path,
        text=text,
        is_json=not isinstance(value, str),
        original_key=original_key if changes else "",
        changes=changes,
    )


def _is_long(text: str) -> bool:
    return len(text) >= LONG_CHARS or "\n" in text.strip()


def _places(key: str, value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        texts = [k for k in _text_within if isinstance(value.get(k), str)]
        if len(texts) == 1 and all(map(is_plain, value.values())):
            yield (key, texts[0]), value[texts[0]]
    yield (key,), value


def edited_context(context: Mapping[str, Any], draft: Draft, typed: str) -> dict[str, Any] | None:
    """The context with this text in the draft's place; None where nothing was changed.

    Raises:
        ValueError: the draft is JSON, and the text is not.
    """
    if typed.strip("\n") == draft.text.strip("\n"):
        return None
    value: Any = orjson.loads(typed) if draft.is_json else typed
    edited: dict[str, Any] = copy.deepcopy(dict(context))
    place: Any = edited
    for step in draft.path[:-1]:
        place = place[step]
    if place[draft.path[-1]] == value:
        return None
    place[draft.path[-1]] = value
    return edited
