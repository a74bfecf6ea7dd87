"""The view of inputs, output and conversation, side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.web.context_view import Named, first_of, is_plain, named, pretty, said
from api.web.views.draft import OUTPUT_KEYS, Draft, draft_of

_input_keys = ("inputs", "input", "prompt", "parameters", "request", "task", "instructions")
_talk_keys = ("conversation", "messages", "thread", "comments", "chat")
_who_keys = ("from", "author", "role", "name", "user", "sender")
_said_keys = ("text", "content", "message", "body", "comment")
_when_keys = ("at", "time", "timestamp", "created_at", "sent_at")
MAX_SAYINGS = 200


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that was said: by whom, what, and when."""

    who: str
    text: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What went in, what came out, and what was said about it."""

    inputs: tuple[Named, ...]
    output: Draft | None
    talk: tuple[Saying, ...]


def split_of(context: Mapping[str, Any]) -> tuple[Split, frozenset[str]]:
    """The three parts that a context has, and the keys that they were found under."""
    inputs = [key for key in _input_keys if key in context]
    talk_key = next((key for key in _talk_keys if isinstance(context.get(key), list)), "")
    output = draft_of(context, OUTPUT_KEYS) if any(k in context for k in OUTPUT_KEYS) else None
    used = {*inputs, talk_key} - {""}
    if output is not None:
        used |= {output.path[0], output.original_key} - {""}
    found = Split(
        inputs=tuple(
            part
            for key in inputs
            for part in (named(key, context[key]).fields or (named(key, context[key]),))
        ),
        output=output,
        talk=tuple(_saying(item) for item in context.get(talk_key, ())[:MAX_SAYINGS]),
    )
    return found, frozenset(used)


def _saying(item: Any) -> Saying:
    if not isinstance(item, dict):
        return Saying("", said(item) if is_plain(item) else pretty(item))
    _, who = first_of(item, _who_keys)
    key, text = first_of(item, _said_keys)
    _, at = first_of(item, _when_keys)
    return Saying(said(who) if who else "", said(text) if key else pretty(item), str(at or ""))
