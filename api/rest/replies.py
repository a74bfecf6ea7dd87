"""Tells a caller what came of a command: done, refused, or not known yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from api.json_answers import answer
from api.problems import Problem, problem_of_refusal
from event_schemas.types import Assignee, Reply, RequestStatus

Shape = Callable[[Reply, RequestStatus], dict[str, Any]]
REPLAYED = "Idempotency-Replayed"
LOOK_AGAIN_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of one command: a document, or the problem that stood in its way."""

    status: int
    document: dict[str, Any] | None = None
    problem: Problem | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def response(self, instance: str) -> Response:
        """The HTTP answer for the address at which it happened."""
        if self.problem is not None:
            return self.problem.response(instance)
        return answer(self.document, self.status, dict(self.headers))


def told(request_id: str, reply: Reply | None, shape: Shape, status: int = 200) -> Told:
    """What came of a command; `shape` writes an accepted one's document.

    A repeated call is told what the first was, and that it was one.
    """
    if reply is None:
        return accepted(request_id)
    if reply.refusal is not None:
        return told_problem(problem_of_refusal(reply.refusal, request_id))
    assert reply.request is not None, "an accepted command has a request"
    headers = {REPLAYED: "true"} if reply.repeated else {}
    return Told(status=status, document=shape(reply, reply.request), headers=headers)


def told_problem(problem: Problem) -> Told:
    """A problem stood in its way."""
    return Told(status=problem.kind.status, problem=problem)


def accepted(request_id: str) -> Told:
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
    return Told(status=202, document=body, headers=headers)


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
