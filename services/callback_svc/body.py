"""What a callback says: a pure function of the event, so that its bytes never differ."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson
import rfc8785

from event_schemas.types import (
    Attachment,
    Cancelled,
    ChangesRequested,
    Envelope,
    Received,
    Response,
    TimedOut,
)
from kernel.canonical import canonical
from kernel.errors import Invalid

CallsBack: TypeAlias = Received | ChangesRequested | TimedOut | Cancelled
CALLS_BACK = (Received, ChangesRequested, TimedOut, Cancelled)


def event_name(event: CallsBack) -> str:
    """The name of an event as askers know it."""
    match event:
        case Received():
            return "request.responded"
        case ChangesRequested():
            return "request.changes_requested"
        case TimedOut():
            return "request.timed_out"
        case Cancelled():
            return "request.cancelled"


def body_for(envelope: Envelope, event: CallsBack) -> bytes:
    """The body of the callback about an event, in RFC 8785 form.

    Raises:
        Invalid: the asker's metadata or the answer hold no JSON.
    """
    try:
        return canonical(_told(envelope, event))
    except (ValueError, TypeError, rfc8785.CanonicalizationError) as error:
        raise Invalid(f"the callback can't be put as JSON: {error}") from error


def _told(envelope: Envelope, event: CallsBack) -> dict[str, Any]:
    status = envelope.request
    return {
        "event": event_name(event),
        "request_id": envelope.metadata.request_id,
        "timestamp": moment(envelope.timestamp),
        "type": status.kind,
        "state": status.state.value,
        "outcome": status.outcome and status.outcome.value,
        "revision": status.revision,
        "version": status.version,
        "metadata": metadata_for(envelope),
        "response": _response(event),
        **_particulars(event),
    }


def metadata_for(envelope: Envelope) -> Mapping[str, Any]:
    """The asker's metadata as given, and the ids that lead back to what waits, which win."""
    status = envelope.request
    given: dict[str, Any] = orjson.loads(status.metadata or "{}")
    ids = {
        "workflow_id": status.workflow_id,
        "checkpoint_id": status.checkpoint_id,
        "agent_id": status.agent_id,
    }
    return {**given, **{name: value for name, value in ids.items() if value is not None}}


def moment(at: datetime) -> str:
    """A moment as ISO 8601 in UTC with Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _response(event: CallsBack) -> dict[str, Any] | None:
    response = None if isinstance(event, Cancelled) else event.response
    if response is None:
        return None
    return {
        "decision": response.decision,
        "means": response.means.value,
        "comment": response.comment,
        "responder_id": response.responder_id,
        "responded_at": moment(response.responded_at),
        "default": response.default,
        **_contents(response),
    }


def _contents(response: Response) -> dict[str, Any]:
    return {
        "data": _parsed(response.data),
        "edited": _parsed(response.edited),
        "patch": _parsed(response.patch),
        "attachments": [_attachment(one) for one in response.attachments],
    }


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "sha256": attachment.sha256,
        "size": attachment.size_bytes,
        "type": attachment.media_type,
    }


def _parsed(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


def _particulars(event: CallsBack) -> dict[str, Any]:
    match event:
        case Received():
            return {"receipt_until": event.receipt_until and moment(event.receipt_until)}
        case ChangesRequested():
            return {
                "revise_by": moment(event.deadline),
                "revisions_left": event.revisions_left,
            }
        case TimedOut():
            return {"action": event.action.value, "deadline": moment(event.deadline)}
        case Cancelled():
            return {"reason": event.reason}
