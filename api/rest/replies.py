"""Answers a call with what came of its command: done, refused, or not known yet."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.json_answers import answer
from api.problems import problem_of_refusal
from event_schemas.types import Assignee, Reply, RequestStatus

Shape = Callable[[Reply, RequestStatus], dict[str, Any]]
REPLAYED = "Idempotency-Replayed"
LOOK_AGAIN_SECONDS = 1


def told(
    request: Request, request_id: str, reply: Reply | None, shape: Shape, status: int = 200
) -> Response:
    """The answer: `shape` writes an accepted command's document.

    A repeated call is answered as the first was, and says that it was one.
    """
    if reply is None:
        return accepted(request_id)
    if reply.refusal is not None:
        return problem_of_refusal(reply.refusal).response(request.url.path)
    assert reply.request is not None, "an accepted command has a request"
    headers = {REPLAYED: "true"} if reply.repeated else None
    return answer(shape(reply, reply.request), status, headers)


def accepted(request_id: str) -> Response:
    """The command is durable, and nobody has told what came of it yet."""
    body = {
        "id": request_id,
        "status": "accepted",
        "detail": "The command is recorded; what comes of it is not known yet. Look at the"
        " Location, or repeat the call with the same Idempotency-Key.",
    }
    headers = {
        "Location": f"/api/v1/requests/{request_id}",
        "Retry-After": str(LOOK_AGAIN_SECONDS),
    }
    return answer(body, 202, headers)


def acted(reply: Reply, status: RequestStatus) -> dict[str, Any]:
    """Where the request stands after a command."""
    return {
        "id": reply.request_id,
        "state": status.state,
        "version": status.version,
        "revision": status.revision,
        "priority": status.priority,
        "assigned_to": assignee_record(status.assignee),
        "escalation_level": status.escalation_level,
        "timeout_at": status.deadline,
    }


def assignee_record(assignee: Assignee | None) -> dict[str, Any] | None:
    """Who has a request: a person or a team, or nobody."""
    return None if assignee is None else assignee.as_record()
