"""What a notice says, whatever the channel: the payload of every delivery that is no mail.

A carrier reads it back by `read_message` and puts it in its channel's form. Every text in it is
fit to leave the house: personal values are hidden, invisible characters gone, lengths bounded. It
is a pure function of the event, the person's preferences and the kind's words, so that the same
event gives the same bytes.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, cast

import orjson


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know, with its label in the reader's language."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decision that is offered; `means` as in `Means`."""

    name: str
    label: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One request in a summary."""

    title: str
    priority: str
    until: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one person, or one address, is told.

    `request_id`, `revision` and `content_hash` bind an answer; a summary has `items` and no
    request. `link` opens the page and decides nothing. `asks` is whether an answer is wanted.
    `deadline` is an instant (RFC 3339), `until` the same in words. `needs_form` is whether deciding
    takes more than a decision and a comment, `may_claim` whether one person may take the request.
    """

    request_id: str
    why: str
    language: str
    at: datetime
    subject: str
    lead: str
    title: str
    description: str
    facts: tuple[Fact, ...]
    button: str
    link: str
    small: str
    kind: str = ""
    priority: str = ""
    until: str = ""
    deadline: str = ""
    note: str = ""
    decisions: tuple[Choice, ...] = ()
    needs_form: bool = False
    may_claim: bool = True
    revision: int = 0
    content_hash: str = ""
    asks: bool = True
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """How a message is to be changed: what the provider called it, and how its request ended.

    `brought` is the delivery that brought it; one on its way has no provider's id yet. Where the
    request only changed hands `still_asks` is what the message said (`written_message`), and
    nothing is `said` when it is anybody's again.
    """

    brought: str
    provider_id: str
    request_id: str
    title: str
    said: str
    link: str
    language: str
    still_asks: str = ""


def written_message(message: Message) -> bytes:
    """The message as JSON, always in the same bytes."""
    return _written(asdict(message))


def read_message(payload: bytes) -> Message:
    """The message of `written_message`."""
    values = cast("dict[str, Any]", orjson.loads(payload))
    values |= {
        "at": datetime.fromisoformat(values["at"]),
        "facts": tuple(Fact(**one) for one in values["facts"]),
        "decisions": tuple(Choice(**one) for one in values["decisions"]),
        "items": tuple(Item(**one) for one in values["items"]),
    }
    return Message(**values)


def written_amendment(amendment: Amendment) -> bytes:
    """The amendment as JSON."""
    return _written(asdict(amendment))


def read_amendment(payload: bytes) -> Amendment:
    """The amendment of `written_amendment`."""
    return Amendment(**orjson.loads(payload))


def _written(values: dict[str, Any]) -> bytes:
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def utc(at: datetime) -> datetime:
    """The instant in UTC, as messages hold it."""
    return at.astimezone(UTC)
