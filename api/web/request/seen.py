"""Proof of informed oversight: what a person was shown before they answered, and for how long.

The server stamps what it renders (HMAC-SHA256 over who, which revision, the content's digest and
when); the page brings the stamp back with the answer, together with what the person opened and how
long the page was in view. The stamp can't be forged; the rest is the browser's word, bounded by it.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from event_schemas.types import Oversight

MAX_PARTS = 50
MAX_IN_VIEW = timedelta(hours=24)
_fields = 6
_max_digits = 15
_word = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What was rendered for whom: `digest` is the SHA-256 (hex) of the content as HTML."""

    person: str
    request_id: str
    revision: int
    content_hash: str
    digest: str


def digest_of(rendered: str) -> str:
    """The SHA-256 (hex) of content as it was rendered."""
    return hashlib.sha256(rendered.encode()).hexdigest()


def stamp(key: bytes, showing: Showing, now: datetime) -> str:
    """What the page carries, so that its answer tells what was shown."""
    at = int(now.timestamp() * 1000)
    told = ("1", str(showing.revision), showing.content_hash, str(at), showing.digest)
    return ".".join((*told, _mac(key, showing, at)))


def seen_in(
    fields: Mapping[str, str], key: bytes, person: str, request_id: str, now: datetime
) -> Oversight:
    """What the fields of an answer tell; without a stamp of ours it is only a claim.

    What was opened and how long it was in view is told by a script; without one it is nothing.
    """
    opened = fields.get("parts_opened", "").split(",")[:MAX_PARTS]
    known = tuple(dict.fromkeys(part for part in opened if _word.fullmatch(part)))
    in_view = fields.get("in_view_ms", "")
    found = _read(fields.get("seen", ""), key, person, request_id)
    if found is None:
        return Oversight(proven=False, opened=known, in_view_seconds=_seconds(in_view, MAX_IN_VIEW))
    showing, at = found
    return Oversight(
        proven=True,
        rendered=showing.digest,
        revision=showing.revision,
        content_hash=showing.content_hash,
        shown_at=at,
        opened=known,
        in_view_seconds=_seconds(in_view, min(max(now - at, timedelta()), MAX_IN_VIEW)),
    )


def _read(text: str, key: bytes, person: str, request_id: str) -> tuple[Showing, datetime] | None:
    parts = text.split(".")
    if len(parts) != _fields or not (_is_number(parts[1]) and _is_number(parts[3])):
        return None
    showing = Showing(
        person=person,
        request_id=request_id,
        revision=int(parts[1]),
        content_hash=parts[2],
        digest=parts[4],
    )
    at = int(parts[3])
    if not hmac.compare_digest(_mac(key, showing, at).encode(), parts[5].encode()):
        return None
    return showing, datetime.fromtimestamp(at / 1000, UTC)


def _mac(key: bytes, showing: Showing, at: int) -> str:
    who = (showing.person, showing.request_id, str(showing.revision))
    told = "\0".join(("shown", *who, showing.content_hash, str(at), showing.digest))
    return hmac.new(key, told.encode(), hashlib.sha256).hexdigest()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _max_digits


def _seconds(text: str, longest: timedelta) -> int:
    told = int(text) // 1000 if _is_number(text) else 0
    return min(told, int(longest.total_seconds()))
