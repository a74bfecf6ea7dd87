"""Every "no" has one status, one title and one word, and names the winner of a race."""

from datetime import UTC, datetime

import orjson
import pytest

from api.errors import TooMany
from api.problems import (
    KINDS,
    Problem,
    problem_of_error,
    problem_of_fault,
    problem_of_refusal,
    problem_of_status,
)
from api.rest.documents.problems import ProblemDocument
from event_schemas.types import Refusal, RefusalReason, State, Winner
from kernel.errors import Flaw, HandraiseError, Invalid, LogCut, NotAllowed, NotFound, Unavailable

AT = datetime(2026, 1, 15, 11, tzinfo=UTC)
R = RefusalReason


@pytest.mark.parametrize("reason", RefusalReason)
def test_each_reason_for_a_refusal_has_a_status_and_a_title(reason: RefusalReason) -> None:
    assert 400 <= KINDS[reason].status < 600
    assert KINDS[reason].title


@pytest.mark.parametrize(
    ("status", "reasons"),
    [
        (404, {R.UNKNOWN}),
        (
            409,
            {
                R.WRONG_STATE,
                R.ALREADY_DECIDED,
                R.LATE,
                R.HELD_BY,
                R.STALE_REVISION,
                R.NOT_SEEN,
                R.SPENT,
                R.TOO_EARLY,
                R.LIMIT_REACHED,
            },
        ),
        (410, {R.EXPIRED}),
        (403, {R.NOT_ALLOWED}),
        (422, {R.INVALID, R.KEY_REUSED, R.REVISIONS_EXHAUSTED, R.TOO_LARGE, R.UNREADABLE}),
        (500, {R.INTERNAL, R.MISROUTED}),
    ],
)
def test_refusals_map_to_the_statuses_that_callers_rely_on(
    status: int, reasons: set[RefusalReason]
) -> None:
    assert {reason for reason in RefusalReason if KINDS[reason].status == status} == reasons


def every_error(root: type[HandraiseError]) -> list[type[HandraiseError]]:
    """All that can reach the front door: what a delivery meets outside stays with the delivery."""
    children = [c for c in root.__subclasses__() if not c.__module__.startswith("kernel.outbound.")]
    return [root, *(kind for child in children for kind in every_error(child))]


@pytest.mark.parametrize("kind", every_error(HandraiseError), ids=lambda kind: kind.__name__)
def test_each_error_has_a_kind_of_problem_with_its_own_status(kind: type[HandraiseError]) -> None:
    assert KINDS[kind.code].status == kind.status


def test_a_key_that_was_used_before_names_the_request_for_which_it_was() -> None:
    refusal = Refusal(reason=R.KEY_REUSED, detail="Used before.")
    assert problem_of_refusal(refusal, "r").document("/here")["request_id"] == "r"


def test_a_refusal_names_state_revision_holder_and_winner() -> None:
    refusal = Refusal(
        reason=R.ALREADY_DECIDED,
        detail="Kim was first.",
        state=State.RESPONDED,
        revision=2,
        holder="kim",
        winner=Winner(event="Received", actor_id="kim", decision="approve", at=AT),
    )
    document = orjson.loads(problem_of_refusal(refusal, "r").response("/here").body)
    assert document == {
        "type": "urn:handraise:problem:already_decided",
        "title": KINDS[R.ALREADY_DECIDED].title,
        "status": 409,
        "detail": "Kim was first.",
        "instance": "/here",
        "code": "already_decided",
        "current_state": "responded",
        "revision": 2,
        "holder": "kim",
        "winner": {
            "event": "Received",
            "actor_id": "kim",
            "decision": "approve",
            "at": "2026-01-15T11:00:00Z",
        },
    }
    ProblemDocument.model_validate(document)


def test_flaws_are_told_as_json_pointers() -> None:
    document = problem_of_error(Invalid("wrong", (Flaw("/title", "is missing"),))).document("/x")
    assert document["errors"] == [{"pointer": "/title", "detail": "is missing"}]
    assert document["status"] == 422


@pytest.mark.parametrize("error", [Unavailable("away", 7), TooMany("slower", 7)])
def test_what_may_be_retried_says_when(error: HandraiseError) -> None:
    assert problem_of_error(error).response("/x").headers["retry-after"] == "7"


def test_an_answer_is_a_problem_document_with_its_own_status() -> None:
    response = problem_of_error(NotFound("There is no request 1.")).response("/x")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_who_is_unknown_is_told_how_to_say_who_they_are() -> None:
    response = Problem(code="unauthenticated", detail="", members={}).response("/x")
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_fault_of_ours_tells_nothing_of_our_inside() -> None:
    told = problem_of_error(LogCut("the log of partition 3 was cut at /var/lib"))
    assert told == problem_of_fault()
    assert "partition" not in told.detail


def test_what_is_refused_by_right_is_no_fault() -> None:
    assert problem_of_error(NotAllowed("no")).kind.status == 403


@pytest.mark.parametrize("status", [400, 404, 405, 413, 414, 415, 418, 431])
def test_a_bare_status_becomes_a_problem_of_the_callers_making(status: int) -> None:
    assert 400 <= problem_of_status(status, "no").kind.status < 500
