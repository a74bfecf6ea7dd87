"""The warm-up of an account: its phases in their order, and the words for where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class AccountStatus(StrEnum):
    """Where an account stands."""

    ACTIVE = "active"
    REVIEW_REQUIRED = "review_required"
    COMPLETED = "completed"
    RETIRED = "retired"


class PhaseStatus(StrEnum):
    """Where a phase stands. One that is found running by a new process was cut off by a crash."""

    PENDING = "pending"
    RUNNING = "running"
    REVIEW_REQUIRED = "review_required"
    COMPLETED = "completed"
    SKIPPED = "skipped"


class Solution(StrEnum):
    """What was tried against a failure."""

    AUTOMATIC_RETRY = "automatic_retry"
    RETRY = "retry"
    MENDED_RETRY = "mended_retry"
    SKIP_PHASE = "skip_phase"
    RESET_ACCOUNT = "reset_account"
    CANNOT_FIX = "cannot_fix"


class Effect(StrEnum):
    """What became of it: an account held if it went on and did not fail again."""

    PENDING = "pending"
    HELD = "held"
    FAILED_AGAIN = "failed_again"
    GIVEN_UP = "given_up"


BLIND_RETRIES = (Solution.AUTOMATIC_RETRY, Solution.RETRY)
"""Retries with nothing mended before: what a bot could have done too, so learning counts them."""

PHASES = ("set_up_profile", "follow_people", "first_post")


@dataclass(frozen=True, slots=True)
class Account:
    """An account; `access_token` lets whoever manages it in at the site."""

    id: int
    username: str
    status: AccountStatus
    access_token: str
    run: int


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of an account; `content` is what it puts on the site."""

    account_id: int
    name: str
    position: int
    status: PhaseStatus
    retry_count: int
    automatic_retries: int
    content: Mapping[str, Any]
    failure_type: str | None
    failure_reason: str | None
    failed_at: datetime | None


def is_due(status: PhaseStatus) -> bool:
    """Whether a phase still has to be done."""
    return status not in (PhaseStatus.COMPLETED, PhaseStatus.SKIPPED)
