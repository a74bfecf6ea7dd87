"""A request as people see it, in memory: what the fold builds and the store writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from kernel.request.model import Request

FacetValue: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The content of one revision; JSON as text.

    `routing` is None where the event does not tell it; the one told before stands. `search` is what
    text search looks through, `excerpt` the line that lists show.
    """

    revision: int
    description: str | None
    context: str
    form: str | None
    attachments: str
    decisions: str
    routing: str | None
    metadata: str
    search: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A request after some entry of the log.

    `request` is the state that the writer has of it; the rest is only looked at. `response` is the
    record of the answer that stands, be it final, a wish for changes, or the policy's. `claimed`
    says that who holds it took it. `likeness` is the key that alike requests share. `question` is
    the content if it changed since the row was loaded; a loaded row carries none.
    """

    request: Request
    log_offset: int
    title: str
    facets: Mapping[str, FacetValue]
    likeness: str
    response: str | None
    claimed: bool
    updated_at: datetime
    notified_at: datetime | None
    assigned_at: datetime | None
    started_at: datetime | None
    responded_at: datetime | None
    responded_by: str | None
    closed_at: datetime | None
    callback_sent_at: datetime | None
    completed_at: datetime | None
    question: Question | None


@dataclass(frozen=True, slots=True)
class Change:
    """What listeners are told: a request has a new version by the entry at this log offset."""

    partition: int
    log_offset: int
    request_id: str
    tenant: str
    version: int
