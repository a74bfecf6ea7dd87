"""What the domain is made of: reels, revisions, approvals, jobs, and how a wish is refused."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from examples.reel_scripts.lifecycle import Stand

MAX_SCRIPT_CHARS = 2_000
MAX_TITLE_CHARS = 120
MAX_INSTRUCTIONS_CHARS = 500


class Refusal(Exception):
    """A wish that can't be granted: an HTTP status, a word for programs, a sentence for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True, slots=True)
class Account:
    """An owner of reels; the id is that of the person in Handraise."""

    person_id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """A short video to be, with where it stands."""

    id: int
    owner: str
    title: str
    use_rewrite: bool
    notice: str | None
    created_at: datetime
    updated_at: datetime
    stand: Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text that the script had."""

    number: int
    script: str
    source: str
    instructions: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text that is to become a revision; the same cause makes one revision of a reel."""

    number: int
    script: str
    source: str
    cause: str
    instructions: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One round of putting a script before its owner."""

    reel_id: int
    round: int
    workflow_id: str
    state: str
    request_id: str | None = None
    url: str | None = None
    script_revision: int | None = None
    request_revision: int | None = None
    content_hash: str | None = None
    decided_by: str | None = None
    comment: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The making of the video of one revision."""

    reel_id: int
    script_revision: int
    round: int
    name: str
    """What the approval is spent on, however many runs it takes; of no other job anywhere."""
    state: str
    run: int
    ticket: str | None = None
    began_at: datetime | None = None
    error: str | None = None
    file: str | None = None
    seconds: float | None = None

    @property
    def key(self) -> str:
        """The name under which a run is started, the same however often that is tried."""
        return f"{self.name}-run-{self.run}"


@dataclass(frozen=True, slots=True)
class Whole:
    """A reel with all that belongs to it."""

    reel: Reel
    revisions: tuple[Revision, ...]
    approvals: tuple[Approval, ...]
    jobs: tuple[Job, ...]

    @property
    def current(self) -> Revision:
        """The script as it stands."""
        return self.revisions[self.reel.stand.revision - 1]

    @property
    def approval(self) -> Approval | None:
        """The latest round."""
        return self.approvals[-1] if self.approvals else None

    @property
    def job(self) -> Job | None:
        """The making of the video of the script as it stands, where that has been approved."""
        now = self.reel.stand
        found = (one for one in self.jobs if now.covers(one.script_revision))
        return next(found, None)


def digest_of(script: str) -> str:
    """The SHA-256 of a script, in hexadecimal digits."""
    return hashlib.sha256(script.encode()).hexdigest()


def cleaned(script: str) -> str:
    """A script without spaces at its ends and with plain line ends.

    Raises Refusal when nothing is left, or more than a short video holds.
    """
    text = script.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Refusal(422, "invalid", "A script needs words.")
    if not _is_unicode(text):
        raise Refusal(422, "invalid", "A script is text in Unicode.")
    if len(text) > MAX_SCRIPT_CHARS:
        raise Refusal(422, "invalid", f"A script has at most {MAX_SCRIPT_CHARS} characters.")
    return text


def _is_unicode(text: str) -> bool:
    """Whether no half of a surrogate pair is in it, which JSON can carry and UTF-8 can't."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
