"""The things that the service sends back: requests, responses, pages and histories."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

Json: TypeAlias = Mapping[str, Any]
"""A JSON object."""

Priority: TypeAlias = Literal["low", "medium", "high", "urgent"]


class _Sent(BaseModel):
    """Frozen, and deaf to fields that a newer service may add."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Response(_Sent):
    """An answer: by a person, or by the policy at the deadline (`default`)."""

    decision: str | None = None
    means: str | None = None
    """What the kind takes the decision for: approve, reject, answer, changes or
    could_not_complete."""
    comment: str | None = None
    data: Any = None
    """What the request's form asked for."""
    edited: Any = None
    """The content as the reviewer changed it."""
    patch: Any = None
    """The change as a JSON Patch (RFC 6902) against the original."""
    attachments: tuple[Any, ...] = ()
    responder_id: str | None = None
    responded_at: datetime | None = None
    default: bool = False
    """True when nobody answered and the policy did."""


class Request(_Sent):
    """A request as the service knows it. Fields that a reply leaves out are None.

    `state` is one of pending, notified, assigned, in_progress, revising, responded, timed_out,
    cancelled, callback_sent, completed. `outcome` is None while it is open, then answered,
    could_not_complete, timed_out or cancelled. Times are UTC.
    """

    id: str
    state: str
    workflow_id: str | None = None
    checkpoint_id: str | None = None
    kind: str = Field(default="approval", alias="type")
    title: str | None = None
    description: str | None = None
    context: Json | None = None
    form: Json | None = None
    decisions: tuple[Any, ...] | None = None
    routing: Json | None = None
    priority: str | None = None
    principal_id: str | None = None
    metadata: Json = Field(default_factory=dict)
    outcome: str | None = None
    response: Response | None = None
    reason: str | None = Field(
        default=None, validation_alias=AliasChoices("reason", "cancel_reason")
    )
    """Why it was cancelled, where the service tells it; callbacks call it reason."""
    revision: int | None = None
    content_hash: str | None = None
    version: int | None = None
    url: str | None = None
    """The page where a person can answer."""
    callback_webhook: str | None = None
    callback_status: str | None = None
    assigned_to: Any = None
    escalation_level: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    notified_at: datetime | None = None
    assigned_at: datetime | None = None
    responded_at: datetime | None = None
    responded_by: Any = None
    callback_sent_at: datetime | None = None
    completed_at: datetime | None = None
    timeout_at: datetime | None = None
    """When it times out, or by when it must be revised."""

    @property
    def is_closed(self) -> bool:
        """Whether its outcome is settled, for good."""
        return self.outcome is not None

    @property
    def wants_changes(self) -> bool:
        """Whether a reviewer asked for changes and `revise` is awaited."""
        return self.outcome is None and self.state == "revising"


class Page(_Sent):
    """One page of a list; `next_cursor` asks for the next one, None at the end."""

    items: tuple[Request, ...]
    next_cursor: str | None = None
    counts: Json | None = None
    """How many there are, by state, kind and priority; on the first page."""


class Attachment(_Sent):
    """A file that was put in."""

    id: str
    name: str
    sha256: str
    """Of its bytes, in hexadecimal digits."""
    size: int
    """In bytes."""
    type: str
    """What its bytes look like, as a media type."""


class HistoryEntry(_Sent):
    """One thing that happened to a request."""

    at: datetime
    event: str
    actor: Any = None
    version: int | None = None
    data: Json = Field(default_factory=dict)
