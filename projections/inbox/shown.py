"""What reads of the queue give: a request as a line of a list, and in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from event_schemas.types import Assignee, CallbackStatus, Outcome, Priority, State

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request in a list; moments in UTC.

    `response` is the answer that stands: decision, means, comment, data, edited, patch,
    attachments, responder_id, channel, revision, content_hash, responded_at, default. `votes` are
    those that count so far: person, decision, means, in_place_of.
    """

    id: str
    tenant: str
    version: int
    revision: int
    kind: str
    state: State
    open: bool
    outcome: Outcome | None
    priority: Priority
    principal_id: str | None
    workflow_id: str | None
    checkpoint_id: str | None
    agent_id: str | None
    requester_id: str
    assigned_to: Assignee | None
    title: str
    facets: Mapping[str, str | int | float | bool]
    likeness: str
    view: str
    response: JsonObject | None
    votes: Sequence[JsonObject]
    votes_needed: int
    stage: int
    revisions_used: int
    max_revisions: int
    escalation_level: int
    content_hash: str
    callback_webhook: str | None
    callback_status: CallbackStatus | None
    created_at: datetime
    updated_at: datetime
    notified_at: datetime | None
    assigned_at: datetime | None
    started_at: datetime | None
    responded_at: datetime | None
    responded_by: str | None
    closed_at: datetime | None
    callback_sent_at: datetime | None
    completed_at: datetime | None
    timeout_at: datetime | None

    @property
    def revisions_left(self) -> int:
        """How often changes may still be asked for."""
        return max(self.max_revisions - self.revisions_used, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInFull:
    """A request with its content.

    `decisions` are objects with name, label, means and needs_comment; `routing` has channels and
    recipients; `attachments` have id, name, sha256, size_bytes and media_type.
    """

    line: RequestLine
    description: str | None
    context: Any
    form: Any | None
    attachments: Sequence[JsonObject]
    decisions: Sequence[JsonObject]
    routing: JsonObject
    metadata: JsonObject


_PLAIN = (
    "tenant", "version", "revision", "kind", "open", "principal_id", "workflow_id",
    "checkpoint_id", "agent_id", "requester_id", "title", "view", "votes_needed", "stage",
    "likeness",
    "revisions_used", "max_revisions", "escalation_level", "content_hash", "callback_webhook",
    "created_at", "updated_at", "notified_at", "assigned_at", "started_at", "responded_at",
    "responded_by", "closed_at", "callback_sent_at", "completed_at", "timeout_at",
)  # fmt: skip
_MADE = (
    "request_id", "state", "outcome", "priority", "assigned_person", "assigned_team",
    "facets::text AS facets", "response", "votes", "callback_status",
)  # fmt: skip
LINE_COLUMNS = ", ".join(f"r.{column}" for column in (*_PLAIN, *_MADE))
CONTENT_COLUMNS = ", ".join(
    f"q.{column}"
    for column in (
        "description", "context", "form", "attachments", "decisions", "routing", "metadata",
    )
)  # fmt: skip


def line(record: Mapping[str, Any]) -> RequestLine:
    """The line that a record of `LINE_COLUMNS` holds."""
    person, team = record["assigned_person"], record["assigned_team"]
    outcome, callback_status = record["outcome"], record["callback_status"]
    return RequestLine(
        id=record["request_id"],
        state=State(record["state"]),
        outcome=None if outcome is None else Outcome(outcome),
        priority=Priority(record["priority"]),
        assigned_to=None if person is team is None else Assignee(person=person, team=team),
        facets=orjson.loads(record["facets"]),
        response=_value(record["response"]),
        votes=orjson.loads(record["votes"]),
        callback_status=None if callback_status is None else CallbackStatus(callback_status),
        **{name: record[name] for name in _PLAIN},
    )


def in_full(record: Mapping[str, Any]) -> RequestInFull:
    """The request that a record of `LINE_COLUMNS` and `CONTENT_COLUMNS` holds."""
    return RequestInFull(
        line=line(record),
        description=record["description"],
        context=orjson.loads(record["context"]),
        form=_value(record["form"]),
        attachments=orjson.loads(record["attachments"]),
        decisions=orjson.loads(record["decisions"]),
        routing=_value(record["routing"]) or {},
        metadata=orjson.loads(record["metadata"]),
    )


def _value(text: str | None) -> Any | None:
    return None if text is None else orjson.loads(text)
