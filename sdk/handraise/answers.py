"""An answer on its way into a saved state: from a callback or a poll, merged, and read again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from pydantic import ValidationError

from handraise.models import Json, Request
from handraise.outcomes import Outcome, outcome_of
from handraise.storage import Answer, Checkpoint

ANSWER: Final = "answer"
"""The name in the state under which the answer that just came is merged."""

ANSWERS: Final = "answers"
"""The name in the state for all answers of the workflow so far, by checkpoint id."""

_FINAL_KEY: Final = "final"

_ENDS: Final[Mapping[str, tuple[str, str | None]]] = {
    "request.responded": ("responded", "answered"),
    "request.timed_out": ("timed_out", "timed_out"),
    "request.cancelled": ("cancelled", "cancelled"),
    "request.changes_requested": ("revising", None),
}


def request_from_callback(body: Json) -> Request:
    """The request that a callback tells of, as far as it tells. Raises ValueError if it doesn't."""
    metadata = body.get("metadata")
    event = body.get("event")
    if not isinstance(metadata, Mapping) or not isinstance(event, str) or event not in _ENDS:
        raise ValueError(f"Not a callback that this version knows: event {event!r}")
    told = cast("Mapping[str, Any]", metadata)
    state, outcome = _ENDS[event]
    fields: dict[str, Any] = {
        **{name: value for name, value in body.items() if name not in ("event", "request_id")},
        "id": body.get("request_id"),
        "workflow_id": told.get("workflow_id"),
        "checkpoint_id": told.get("checkpoint_id"),
        "state": state,
        "timeout_at": body.get("revise_by"),
        "outcome": (body.get("outcome") or outcome) if outcome == "answered" else outcome,
    }
    try:
        return Request.model_validate(fields)
    except ValidationError as wrong:
        raise ValueError(f"Not a callback that this version knows: {wrong}") from wrong


def answer_from(request: Request, received_at: datetime, webhook_id: str | None) -> Answer:
    """The answer that a request brings, or raises ValueError when it brings none.

    A request is closed once, so its final answer has one key, however it came to us; each call
    for changes is known by its instant.
    """
    if request.workflow_id is None or request.checkpoint_id is None:
        raise ValueError(f"Request {request.id} belongs to no checkpoint")
    outcome_of(request)
    return Answer(
        workflow_id=request.workflow_id,
        checkpoint_id=request.checkpoint_id,
        answer_key=_FINAL_KEY if request.is_closed else _changes_key(request),
        request=request.model_dump(
            mode="json",
            by_alias=True,
            exclude_none=True,
            exclude={"context", "form", "description", "routing", "decisions"},
        ),
        received_at=received_at,
        webhook_id=webhook_id,
    )


def with_ids(request: Request, checkpoint: Checkpoint) -> Request:
    """A polled request, tied to the checkpoint for which it was polled."""
    return request.model_copy(
        update={
            "workflow_id": checkpoint.workflow_id,
            "checkpoint_id": checkpoint.checkpoint_id,
        }
    )


def merged(state: Json, current: Answer, earlier: Sequence[Answer]) -> dict[str, Any]:
    """The saved state with the answer that came, and with all that came before it."""
    known = {answer.checkpoint_id: dict(answer.request) for answer in earlier}
    known[current.checkpoint_id] = dict(current.request)
    return {**state, ANSWER: dict(current.request), ANSWERS: known}


def without_answers(state: Json) -> dict[str, Any]:
    """A state as the agent made it, to be saved: answers are merged anew at each resume."""
    return {name: value for name, value in state.items() if name not in (ANSWER, ANSWERS)}


def answer_in(state: Json, checkpoint_id: str | None = None) -> Outcome:
    """The outcome that a resumed state holds: the one that just came, or that of a checkpoint.

    Raises KeyError where there is none.
    """
    found = state[ANSWER] if checkpoint_id is None else state[ANSWERS][checkpoint_id]
    return outcome_of(Request.model_validate(found))


def _changes_key(request: Request) -> str:
    when = request.response.responded_at if request.response else None
    return f"changes:{when.isoformat() if when else request.version}"
