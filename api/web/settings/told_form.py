"""The form of how one is told: what is kept, as its fields, and what its fields mean."""

from collections.abc import Mapping
from typing import Any

from api.rest.told_inputs import PreferencesInput
from api.web.filling import Sheet, picked
from event_schemas.types import Priority
from kernel.directory.preferences import Preferences, written
from kernel.validation import flawed, validated

CHANNELS: Mapping[str, str] = {
    "email": "E-mail",
    "slack": "Slack",
    "sms": "SMS",
    "chat": "Chat",
    "push": "Browser",
}
PRIORITIES: Mapping[str, str] = {
    Priority.URGENT: "Urgent",
    Priority.HIGH: "High",
    Priority.MEDIUM: "Medium",
    Priority.LOW: "Low",
}
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français"}
DIGESTS: Mapping[str, str] = {
    "never": "At once, one by one",
    "hourly": "Once an hour, together",
    "daily": "Once a day, together",
}
FALLBACKS: Mapping[str, str] = {"": "Nothing else", **CHANNELS}
_plain = ("language", "time_zone", "digest", "digest_at")
_optional = ("fallback", "phone", "slack_user_id")
_numbers = ("at_most", "fallback_minutes")
_max_digits = 6


def sheet_of(kept: Preferences) -> Sheet:
    """What is kept, as it stands in the form."""
    values = written(kept)
    filled = {name: str(values[name] or "") for name in (*_plain, *_optional, *_numbers)}
    filled |= {f"quiet.{name}": at for name, at in (values["quiet"] or {}).items()}
    for priority, channels in values["channels"].items():
        filled |= {f"channels.{priority}.{one}": "1" for one in channels}
    return Sheet(values=filled | {f"keep.{name}": "1" for name in kept.chats})


def input_of(fields: Mapping[str, str]) -> PreferencesInput:
    """What a form that came back means.

    Raises:
        Invalid: it can't be; each flaw by the field's place.
    """
    wanted: dict[str, Any] = {name: fields[name].strip() for name in _plain if fields.get(name)}
    wanted |= {name: fields[name].strip() for name in _optional if fields.get(name, "").strip()}
    wanted |= {name: _number(fields[name]) for name in _numbers if fields.get(name)}
    channels: dict[str, list[str]] = {}
    for named in picked(fields, "channels."):
        priority, _, channel = named.partition(".")
        channels.setdefault(priority, []).append(channel)
    begin, end = fields.get("quiet.begin", ""), fields.get("quiet.end", "")
    if bool(begin) != bool(end):
        place = "/quiet/begin" if end else "/quiet/end"
        raise flawed(place, "quiet hours need both a beginning and an end, or neither")
    quiet = {"begin": begin, "end": end} if begin else None
    chats: dict[str, str | None] = dict.fromkeys(picked(fields, "keep."))
    name, address = fields.get("chat_name", "").strip(), fields.get("chat_address", "").strip()
    if bool(name) != bool(address):
        place = "/chat_name" if address else "/chat_address"
        raise flawed(place, "a chat needs both a name and an address")
    if name:
        chats[name] = address
    return validated(
        PreferencesInput, {**wanted, "channels": channels, "quiet": quiet, "chats": chats}
    )


def _number(text: str) -> int | str:
    """A number; else the text as it is, so that its flaw is told."""
    digits = text.strip()
    fits = digits.isascii() and digits.isdecimal() and len(digits) <= _max_digits
    return int(digits) if fits else digits
