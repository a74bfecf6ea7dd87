"""What is delivered and how an attempt can end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kernel.ids import derived_id
from kernel.outbound.course import Course

EXCERPT_MAX_BYTES = 1024
ERROR_MAX_CHARS = 500


class Standing(StrEnum):
    """Where a delivery stands; all but pending and held are settled.

    What is held waits for a summary, or for another delivery to fail, and is not attempted.
    """

    PENDING = "pending"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Sign(StrEnum):
    """What an attempt shows of its receiver: it answers, it is out of order, or nothing."""

    WELL = "well"
    AILING = "ailing"
    NONE = "none"


class Verdict(StrEnum):
    """What an attempt means for its delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to bring to one target, by one service, because of one event.

    `lane` names what shares a receiver and a tenant, `payload` holds the bytes of every attempt.
    `tries` counts attempts since it was last set going, `attempts` all of them. `due_at` is when
    the first may be made (None: at once), `person` who is told, if it is a person of the tenant.
    What only `informs` is neither reported to the core nor withdrawn with its request. What is held
    names the summary that will say it, or the delivery in whose place it goes.
    """

    id: str
    service: str
    tenant: str
    request_id: str
    event_id: str
    event: str
    channel: str
    target: str
    lane: str
    payload: bytes
    secret_ref: str | None = None
    standing: Standing = Standing.PENDING
    attempts: int = 0
    tries: int = 0
    status_code: int | None = None
    error: str | None = None
    traceparent: str | None = None
    """The place in a trace of the event that caused it."""
    person: str | None = None
    due_at: datetime | None = None
    informs: bool = False
    summary_id: str | None = None
    fallback_of: str | None = None

    def settled(self, standing: Standing, error: str | None = None) -> "Delivery":
        """The same, settled before any attempt."""
        return replace(self, standing=standing, error=error)


def delivery_id(service: str, event_id: str, channel: str, target: str) -> str:
    """The one id of what a service delivers to a target because of an event."""
    return derived_id(service, event_id, channel, target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How an attempt ended, as the carrier saw it; `headers` are those sent, without secrets.

    `provider` took it and calls it `provider_id`; receipts come under both.
    """

    verdict: Verdict
    sign: Sign = Sign.NONE
    status_code: int | None = None
    error: str | None = None
    response: bytes = b""
    provider: str | None = None
    provider_id: str | None = None
    retry_after_seconds: float | None = None
    headers: Mapping[str, str] | None = None
    course: Course = field(default_factory=Course)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt as it is kept: the result, when it began, how long it took, what comes next.

    `delay_seconds` is the wait before the next attempt, None when the delivery is settled.
    """

    delivery: Delivery
    standing: Standing
    started_at: datetime
    duration_ms: int
    result: Result
    delay_seconds: float | None = None

    @property
    def outcome(self) -> Delivery:
        """The delivery as it stands after this attempt."""
        before = self.delivery
        return replace(
            before,
            standing=self.standing,
            attempts=before.attempts + 1,
            tries=before.tries + 1,
            status_code=self.result.status_code,
            error=self.error,
        )

    @property
    def error(self) -> str | None:
        """The error, as Postgres can keep it."""
        text = self.result.error
        return None if text is None else storable(text)[:ERROR_MAX_CHARS]

    @property
    def provider_id(self) -> str | None:
        """The provider's name for it, as Postgres can keep it."""
        text = self.result.provider_id
        return None if text is None else storable(text)

    @property
    def excerpt(self) -> str | None:
        """The beginning of the response as text, or None without any."""
        if not self.result.response:
            return None
        return storable(self.result.response[:EXCERPT_MAX_BYTES].decode("utf-8", "replace"))


class Carrier(Protocol):
    """Brings a delivery to its target, once."""

    async def carry(self, delivery: Delivery) -> Result:
        """One attempt, bounded in time; failures are results.

        Raises:
            Unavailable: a part of ours is away and nothing was attempted; it is no attempt.
        """
        ...


class Report(Protocol):
    """Tells the core how a notice ended.

    `alone`: every delivery is a notice by itself. Its success may then be reported before it is
    kept, which saves a write and tells the core sooner.
    """

    @property
    def alone(self) -> bool:
        """Whether every delivery is a notice by itself."""
        ...

    async def __call__(self, notice: Sequence[Delivery]) -> bool:
        """Durably reports all deliveries of one event; False when it is too soon to tell.

        Raises:
            Unavailable: the report could not be made durable; it will be asked for again.
        """
        ...


def storable(text: str) -> str:
    """The text without what a text column can't hold: NUL and lone surrogates."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
