"""Writes what views hold as the documents of the API."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from api.rest.replies import assignee_record
from kernel.outbound.queries import Notification
from projections.history.queries import Happening
from projections.inbox.queries import Counts
from projections.inbox.shown import RequestInFull, RequestLine

_POLICY = {"kind": "policy", "id": "policy", "via": None, "on_behalf_of": None, "channel": "policy"}
# Our own bookkeeping; it tells an outsider nothing.
_inner = ("fingerprint", "secret_ref")


def request_document(
    found: RequestInFull, url: str, cancel_reason: str | None = None
) -> dict[str, Any]:
    """A request in full (`RequestDocument`)."""
    line = found.line
    return {
        **_common(line, url),
        "checkpoint_id": line.checkpoint_id,
        "description": found.description,
        "context": found.context,
        "form": found.form,
        "attachments": found.attachments,
        "decisions": found.decisions,
        "routing": found.routing,
        "metadata": found.metadata,
        "response": line.response,
        "cancel_reason": cancel_reason,
        "revision": line.revision,
        "content_hash": line.content_hash,
        "callback_webhook": line.callback_webhook,
        "callback_status": line.callback_status,
        "notified_at": line.notified_at,
        "assigned_at": line.assigned_at,
        "responded_at": line.responded_at,
        "responded_by": line.responded_by,
        "callback_sent_at": line.callback_sent_at,
        "completed_at": line.completed_at,
    }


def listed_document(line: RequestLine, url: str) -> dict[str, Any]:
    """A request in a list (`ListedDocument`)."""
    return {
        **_common(line, url),
        "revision": line.revision,
        "content_hash": line.content_hash,
        "group": line.likeness,
        "facets": line.facets,
    }


def _common(line: RequestLine, url: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "workflow_id": line.workflow_id,
        "type": line.kind,
        "title": line.title,
        "priority": line.priority,
        "principal_id": line.principal_id,
        "requester": line.requester_id,
        "agent_id": line.agent_id,
        "state": line.state,
        "outcome": line.outcome,
        "version": line.version,
        "assigned_to": assignee_record(line.assigned_to),
        "escalation_level": line.escalation_level,
        "created_at": line.created_at,
        "updated_at": line.updated_at,
        "timeout_at": line.timeout_at,
        "url": url,
    }


def counts_document(counts: Counts) -> dict[str, Any]:
    """How many requests there are (`ListDocument.counts`)."""
    tallies = {"by_state": counts.by_state, "by_priority": counts.by_priority}
    named = {name: {str(word): n for word, n in tally.items()} for name, tally in tallies.items()}
    return asdict(counts) | named


def happened_document(happening: Happening) -> dict[str, Any]:
    """One line of a request's history (`HappenedDocument`)."""
    return {
        "at": happening.at,
        "event": happening.event,
        "actor": _actor(happening),
        "version": happening.version,
        "data": _outer(happening.data),
    }


def _actor(happening: Happening) -> Mapping[str, Any]:
    if happening.by_policy or happening.actor is None:
        return _POLICY
    return {name: happening.actor.get(name) for name in _POLICY}


def _outer(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {name: _outer(value) for name, value in data.items() if name not in _inner}
    return data


def notification_document(notification: Notification, *, masked: bool) -> dict[str, Any]:
    """One recipient of a notice (`NotificationDocument`); masked, only hinting at the address.

    The queue on the web is nobody's address.
    """
    document = asdict(notification)
    if masked and notification.channel != "web":
        document["recipient"] = masked_address(notification.recipient)
    return document


def masked_address(address: str) -> str:
    """An address that its owner would know again: `k***@company.com`, `***4567`."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}***@{host}" if at else f"***{address[-4:]}"
