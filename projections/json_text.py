"""Turns words into JSON text that Postgres takes, whatever strings they hold."""

from typing import Any

import orjson

from event_schemas.types import Record

REPLACEMENT = "\ufffd"
MAX_INDEXED = 255


def plain(text: str) -> str:
    """The text without NUL, which Postgres can't hold; U+FFFD stands in its place."""
    return text.replace("\x00", REPLACEMENT) if "\x00" in text else text


def plain_or_none(text: str | None) -> str | None:
    """As `plain`; nothing stays nothing."""
    return None if text is None else plain(text)


def short(text: str | None) -> str | None:
    """As `plain`, and no longer than an index takes; the front doors allow no longer ones."""
    return None if text is None else plain(text)[:MAX_INDEXED]


def parsed(raw: str) -> Any:
    """The value of a JSON text, or None where it is no JSON."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def json_or_text(raw: str) -> str:
    """The JSON text as it is; what is no JSON becomes a JSON string, so that a view never stops."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return to_json(raw)
    return raw


def spliced(raw: str | None) -> orjson.Fragment | None:
    """A JSON text to be put into another one as the value that it is, byte for byte."""
    return None if raw is None else orjson.Fragment(json_or_text(raw))


def to_json(value: Any) -> str:
    """A word's record, or any plain value, as JSON text; moments in UTC with Z."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


def response_record(response: Record) -> Record:
    """A response's record with the JSON that it carries as text turned into what it says."""
    nested = {name: spliced(response[name]) for name in ("data", "edited", "patch")}
    return {**response, **nested}
