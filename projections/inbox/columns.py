"""The queue's tables as tuples: their columns, and how a row fills and leaves them."""

from collections.abc import Mapping
from typing import Any

import orjson

from event_schemas.types import Policy, Priority, RequestState
from kernel.codec import decode_as, encode
from kernel.request.model import Request, is_open, stage_of
from projections.inbox.row import InboxRow, Question
from projections.json_text import plain, plain_or_none, short, to_json

RANK = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.MEDIUM: 2, Priority.LOW: 3}

REQUEST = (
    "request_id", "tenant", "partition", "log_offset", "version", "revision", "kind", "state",
    "open", "outcome", "priority", "rank", "principal_id", "workflow_id", "checkpoint_id",
    "agent_id", "requester_id", "assigned_person", "assigned_team", "title", "facets", "view",
    "response", "votes", "votes_needed", "stage", "revisions_used", "max_revisions",
    "escalation_level", "content_hash", "callback_webhook", "callback_status", "created_at",
    "updated_at", "notified_at", "assigned_at", "started_at", "responded_at", "responded_by",
    "closed_at", "callback_sent_at", "completed_at", "timeout_at", "policy_id", "word", "claimed",
    "likeness",
)  # fmt: skip

QUESTION = (
    "request_id", "tenant", "revision", "description", "context", "form", "attachments",
    "decisions", "routing", "metadata", "search", "facets", "excerpt",
)  # fmt: skip

# What the fold needs to go on, beside the packed state.
FOLDED = (
    "log_offset", "title", "facets", "response", "updated_at", "notified_at", "assigned_at",
    "started_at", "responded_at", "responded_by", "closed_at", "callback_sent_at", "completed_at",
    "claimed", "likeness",
)  # fmt: skip


def request_columns(row: InboxRow, partition: int) -> tuple[Any, ...]:
    """The values of `REQUEST`, in its order."""
    state, policy = row.request.state, row.request.policy
    assignee, callback = state.assignee, state.callback
    return (
        plain(state.request_id),
        plain(state.tenant),
        partition,
        row.log_offset,
        state.version,
        state.revision,
        short(policy.kind),
        state.state.value,
        is_open(state),
        state.outcome,
        state.priority.value,
        RANK[state.priority],
        short(state.principal_id),
        short(state.workflow_id),
        plain_or_none(state.checkpoint_id),
        short(state.agent_id),
        short(state.requester_id),
        None if assignee is None else short(assignee.person),
        None if assignee is None else short(assignee.team),
        row.title,
        to_json(row.facets),
        policy.view,
        row.response,
        to_json([vote.as_record() for vote in state.votes]),
        stage_of(row.request).quorum,
        state.stage,
        state.revisions_used,
        policy.max_revisions,
        state.escalation_level,
        state.content_hash,
        None if callback is None else plain(callback.url),
        state.callback_status,
        state.created_at,
        row.updated_at,
        row.notified_at,
        row.assigned_at,
        row.started_at,
        row.responded_at,
        row.responded_by,
        row.closed_at,
        row.callback_sent_at,
        row.completed_at,
        state.deadline,
        state.policy_id,
        encode(state),
        row.claimed,
        row.likeness,
    )


def question_columns(row: InboxRow, question: Question) -> tuple[Any, ...]:
    """The values of `QUESTION`, in its order."""
    state = row.request.state
    return (
        plain(state.request_id),
        plain(state.tenant),
        question.revision,
        question.description,
        question.context,
        question.form,
        question.attachments,
        question.decisions,
        question.routing,
        question.metadata,
        question.search,
        to_json(row.facets),
        question.excerpt,
    )


def loaded(record: Mapping[str, Any], policy: Policy) -> InboxRow:
    """The row that a record of `word` and `FOLDED` stands for."""
    state = decode_as(RequestState, record["word"])
    kept = {name: record[name] for name in FOLDED}
    kept["facets"] = orjson.loads(record["facets"])
    return InboxRow(request=Request(state, policy), question=None, **kept)
