"""Where a reel can stand and what moves it: a table without a clock, a database or a network."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    """Where a reel stands."""

    PENDING = "script_pending_approval"
    APPROVED = "script_approved"
    REJECTED = "script_rejected"
    TIMED_OUT = "approval_timed_out"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Which revision is the script, whether it is approved, and how far its video is.

    The approval is of `revision` or there is none: a new revision always clears it.
    """

    status: Status = Status.PENDING
    revision: int = 1
    approved: bool = False

    def covers(self, revision: int) -> bool:
        """Whether a video may be made of this revision."""
        return self.approved and self.revision == revision


def rewritten(stand: Stand) -> Stand:
    """There is another script, which nobody has approved."""
    return Stand(revision=stand.revision + 1)


def submitted(stand: Stand) -> Stand:
    """The same script is put before its owner again."""
    return Stand(revision=stand.revision)


def approved(stand: Stand, revision: int) -> Stand:
    """The owner said yes to a revision; nothing, where the script is another one by now."""
    if stand.status is not Status.PENDING or stand.revision != revision:
        return stand
    return replace(stand, status=Status.APPROVED, approved=True)


def turned_down(stand: Stand, status: Status) -> Stand:
    """The owner said no, or nothing."""
    return replace(stand, status=status) if stand.status is Status.PENDING else stand


def job_moved(stand: Stand, revision: int, status: Status) -> Stand:
    """The video of a revision is being made, is there, or failed; of an old one, nothing moves."""
    return replace(stand, status=status) if stand.covers(revision) else stand
