"""What a dead letter says, cut to what a page shows: whose it is, whence it came, what it held."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from api.web.context_view import pretty
from event_schemas.types import Command, DeadLetter, Entry, Envelope
from kernel.codec import decode, decode_as
from kernel.errors import HandraiseError, Invalid
from kernel.text import read_json
from kernel.topics import ASKS

MAX_JSON_BYTES = 64 * 1024
MAX_CHARS = 4000
MAX_DUMPED = 512
_row = 16
_secrets = (b"callback_secret", b"whsec_", b"hr_")
_hidden = "It may hold a secret, so it is not shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter at its place; `tenant` is None where nothing that we trust says whose it is.

    `shown` is what the record held as text, or as bytes in hex; `form` says which.
    """

    partition: int
    offset: int
    at: datetime
    tenant: str | None
    cause: str
    detail: str
    origin: str
    version: str
    key: str
    size: int
    digest: str
    form: str
    shown: str


def letter_in(partition: int, offset: int, value: bytes | None, stamp_ms: int) -> Letter:
    """The letter that a record holds; one that can't be read is told as such."""
    try:
        letter = decode_as(DeadLetter, value or b"")
    except HandraiseError as error:
        at = datetime.fromtimestamp(max(stamp_ms, 0) / 1000, UTC)
        letter = DeadLetter(
            origin_topic="",
            origin_partition=partition,
            origin_offset=offset,
            value=value,
            cause="unreadable letter",
            detail=str(error),
            code_version="",
            at=at,
        )
    held = letter.value or b""
    form, shown = shape(held)
    return Letter(
        partition=partition,
        offset=offset,
        at=letter.at,
        tenant=tenant_of(letter),
        cause=letter.cause,
        detail=letter.detail,
        origin=f"{letter.origin_topic} {letter.origin_partition}/{letter.origin_offset}".strip(),
        version=letter.code_version,
        key=(letter.key or b"").decode(errors="replace")[:200],
        size=len(held),
        digest=sha256(held).hexdigest(),
        form=form,
        shown=shown,
    )


def tenant_of(letter: DeadLetter) -> str | None:
    """Whose letter it is, as a word says that only our own services can have written.

    An ask's bytes come from whoever may publish asks, so what they say of a tenant counts for
    nothing; and what can't be read says nothing.
    """
    if letter.origin_topic.endswith(ASKS.name):
        return None
    try:
        word: Any = decode(letter.value or b"")
    except HandraiseError:
        return None
    match word:
        case Command():
            return word.actor.tenant
        case Entry():
            return word.tenant
        case Envelope():
            return word.metadata.tenant
        case _:
            return None


def shape(held: bytes) -> tuple[str, str]:
    """What bytes are, and as much of them as a page shows."""
    if not held:
        return "nothing", ""
    if len(held) <= MAX_JSON_BYTES:
        try:
            return "JSON", _cut(pretty(_without_secrets(read_json(held))))
        except Invalid:
            pass
    if any(mark in held for mark in _secrets):
        return "hidden", _hidden
    try:
        text = held.decode()
    except UnicodeDecodeError:
        return "bytes", _dump(held[:MAX_DUMPED])
    return "text", _cut(text)


def _without_secrets(value: dict[str, Any]) -> dict[str, Any]:
    return {name: _hidden if name == "callback_secret" else inner for name, inner in value.items()}


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CHARS else f"{text[:MAX_CHARS]}…"


def _dump(held: bytes) -> str:
    lines: list[str] = []
    for start in range(0, len(held), _row):
        row = held[start : start + _row]
        plain = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)  # noqa: PLR2004 - printable ASCII
        lines.append(f"{start:04x}  {row.hex(' '):<47}  {plain}")
    return "\n".join(lines)
