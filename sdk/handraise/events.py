"""The envelope in which agents tell each other what happened."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

from handraise.models import Json

_NAMESPACE: Final = uuid.UUID("6a0e6d0c-7c3f-5b6e-9a52-9f3b1a0e7d11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a workflow.

    `event_type` is also the topic; `workflow_id` is also the key, so that the events of one
    workflow stay in order. `event_id` is the same on every delivery of the same event.
    """

    event_id: str
    event_type: str
    workflow_id: str
    timestamp: datetime
    data: Json = field(default_factory=dict[str, Any])
    agent_id: str | None = None
    correlation_id: str | None = None
    metadata: Json = field(default_factory=dict[str, Any])
    """What else the metadata held, beside agent_id and correlation_id."""

    def to_json(self) -> dict[str, Any]:
        """The envelope: event_id, event_type, workflow_id, timestamp, data, metadata."""
        return {
            "event_id": self.event_id,
            "event_type": self.event_type,
            "workflow_id": self.workflow_id,
            "timestamp": self.timestamp.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": dict(self.data),
            "metadata": {
                **self.metadata,
                "agent_id": self.agent_id,
                "correlation_id": self.correlation_id,
            },
        }

    def encode(self) -> bytes:
        """The envelope as JSON bytes. Raises ValueError for data that JSON can't hold."""
        return json.dumps(self.to_json(), allow_nan=False).encode()

    @classmethod
    def from_json(cls, envelope: Mapping[str, Any]) -> "Event":
        """The event in an envelope. Raises ValueError when it is not one."""
        try:
            metadata = dict(cast("Mapping[str, Any]", envelope.get("metadata") or {}))
            timestamp = datetime.fromisoformat(envelope["timestamp"])
            return cls(
                event_id=str(envelope["event_id"]),
                event_type=str(envelope["event_type"]),
                workflow_id=str(envelope["workflow_id"]),
                timestamp=timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC),
                data=dict(cast("Mapping[str, Any]", envelope.get("data") or {})),
                agent_id=metadata.pop("agent_id", None),
                correlation_id=metadata.pop("correlation_id", None),
                metadata=metadata,
            )
        except (KeyError, TypeError) as wrong:
            raise ValueError(f"Not an event's envelope: {wrong!r}") from wrong

    @classmethod
    def decode(cls, body: bytes) -> "Event":
        """The event in JSON bytes. Raises ValueError when they hold none."""
        try:
            envelope = json.loads(body)
        except RecursionError as wrong:
            raise ValueError("Not an event's envelope: nested too deep") from wrong
        if not isinstance(envelope, dict):
            raise ValueError("Not an event's envelope: no JSON object")  # noqa: TRY004
        return cls.from_json(cast("Mapping[str, Any]", envelope))


def event_id_for(workflow_id: str, *parts: str) -> str:
    """An id that depends on nothing but its parts, so that a repeat bears the same one."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps([workflow_id, *parts])))
