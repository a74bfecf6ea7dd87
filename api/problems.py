"""Turns every "no" into an RFC 9457 problem: one table from its word to status and title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from api.errors import TooMany
from api.json_answers import dumps
from event_schemas.types import Refusal, RefusalReason
from kernel.errors import Flaw, HandraiseError, Invalid, Unavailable

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:handraise:problem:"
FAULTS = 500


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """What never changes about a kind of problem: HTTP status and title."""

    status: int
    title: str


R = RefusalReason
KINDS: Mapping[str, ProblemKind] = {
    R.UNKNOWN: ProblemKind(404, "There is no such thing here"),
    R.WRONG_STATE: ProblemKind(409, "The request is not in a state that allows this"),
    R.ALREADY_DECIDED: ProblemKind(409, "The request was decided before"),
    R.LATE: ProblemKind(409, "The deadline had passed"),
    R.HELD_BY: ProblemKind(409, "Someone else holds the request"),
    R.STALE_REVISION: ProblemKind(409, "The question has changed since it was read"),
    R.NOT_SEEN: ProblemKind(409, "More must be looked at before this decision"),
    R.SPENT: ProblemKind(409, "The approval was spent before"),
    R.TOO_EARLY: ProblemKind(409, "It is not time for this yet"),
    R.EXPIRED: ProblemKind(410, "The command came too late to be judged"),
    R.NOT_ALLOWED: ProblemKind(403, "This credential does not allow that"),
    R.INVALID: ProblemKind(422, "The input is not valid"),
    R.KEY_REUSED: ProblemKind(422, "The idempotency key was used for something else"),
    R.REVISIONS_EXHAUSTED: ProblemKind(422, "No further revisions are allowed"),
    R.TOO_LARGE: ProblemKind(422, "The result would be too large to record"),
    R.UNREADABLE: ProblemKind(422, "The input can't be read"),
    R.LIMIT_REACHED: ProblemKind(409, "A limit of this request is reached"),
    R.MISROUTED: ProblemKind(500, "The command went astray"),
    R.INTERNAL: ProblemKind(500, "Something went wrong on our side"),
    "slack_failed": ProblemKind(502, "Slack did not take it"),
    "last_admin": ProblemKind(409, "Somebody must stay who can let others in"),
    "unauthenticated": ProblemKind(401, "A valid credential is needed"),
    "unavailable": ProblemKind(503, "A part that is needed is away"),
    "saturated": ProblemKind(503, "More is to be done here than can be"),
    "too_many": ProblemKind(429, "Too many calls"),
    "too_slow": ProblemKind(408, "The body came too slowly"),
    "body_too_large": ProblemKind(413, "The body is too large"),
    "media_type": ProblemKind(415, "The body's type or encoding is not accepted"),
    "address_too_long": ProblemKind(414, "The address is too long"),
    "headers_too_large": ProblemKind(431, "The headers are too large"),
    "method": ProblemKind(405, "The method is not offered here"),
    "bad_request": ProblemKind(400, "The call can't be understood"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One "no", ready to be written; `members` extend the document (RFC 9457 section 3.2)."""

    code: str
    detail: str
    members: Mapping[str, Any]
    retry_after_seconds: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def kind(self) -> ProblemKind:
        """Its status and title; a word that is not in the table is a fault of ours."""
        return KINDS.get(self.code, KINDS[R.INTERNAL])

    def document(self, instance: str) -> dict[str, Any]:
        """The JSON document for the address at which it happened."""
        return {
            "type": TYPE_PREFIX + self.code,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            **self.members,
        }

    def response(self, instance: str) -> Response:
        """The HTTP answer."""
        headers = dict(self.headers)
        if self.retry_after_seconds is not None:
            headers["Retry-After"] = str(self.retry_after_seconds)
        if self.kind.status == KINDS["unauthenticated"].status:
            headers["WWW-Authenticate"] = 'Bearer realm="handraise"'
        body = dumps(self.document(instance))
        return Response(body, self.kind.status, headers, MEDIA_TYPE)


def problem_of_refusal(refusal: Refusal, request_id: str) -> Problem:
    """The problem that tells a refusal: why, and where there was a race, who won it.

    A key that was used before names the request for which it was.
    """
    members: dict[str, Any] = {}
    if refusal.reason is R.KEY_REUSED:
        members["request_id"] = request_id
    if refusal.state is not None:
        members["current_state"] = refusal.state
    if refusal.revision is not None:
        members["revision"] = refusal.revision
    if refusal.holder is not None:
        members["holder"] = refusal.holder
    if refusal.look_seconds is not None:
        members["to_see"] = {"parts": refusal.unseen, "in_view_seconds": refusal.look_seconds}
    if refusal.winner is not None:
        members["winner"] = refusal.winner.as_record()
    return Problem(code=refusal.reason, detail=refusal.detail, members=members)


def problem_of_error(error: HandraiseError) -> Problem:
    """The problem that tells an error we foresaw; a fault of ours says nothing of its inside."""
    if error.code == R.INTERNAL:
        return problem_of_fault()
    flaws = error.flaws if isinstance(error, Invalid) else ()
    wait = error.retry_after_seconds if isinstance(error, Unavailable | TooMany) else None
    members = {"errors": flaw_records(flaws)} if flaws else {}
    return Problem(
        code=error.code,
        detail=str(error),
        members=members,
        retry_after_seconds=wait,
        headers=error.headers if isinstance(error, TooMany) else {},
    )


def flaw_records(flaws: Sequence[Flaw]) -> list[dict[str, str]]:
    """The `errors` member: where (JSON pointer, RFC 6901) and what."""
    return [{"pointer": flaw.pointer, "detail": flaw.detail} for flaw in flaws]


def problem_of_fault() -> Problem:
    """The problem that stands for a fault of ours."""
    return Problem(code=R.INTERNAL, detail="It has been noted; try again later.", members={})


_codes = {
    404: str(R.UNKNOWN),
    405: "method",
    413: "body_too_large",
    414: "address_too_long",
    415: "media_type",
    431: "headers_too_large",
}


def problem_of_status(status: int, detail: str) -> Problem:
    """The problem that stands for a bare HTTP status, as a framework raises them."""
    code = _codes.get(status, "bad_request" if status < FAULTS else str(R.INTERNAL))
    return Problem(code=code, detail=detail, members={})
