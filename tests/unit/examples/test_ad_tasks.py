"""A human task is derived from its request, and from nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from handraise import Request
from handraise.outcomes import outcome_of

from examples.ad_tasks.asking import SLA, question_of
from examples.ad_tasks.decided import decided_by
from examples.ad_tasks.duties import DUTIES, NotOffered, decision_for
from examples.ad_tasks.staff import KINDS
from examples.ad_tasks.tasks import HumanTask, Resolution, TaskType, task_of
from task_kinds.loader import kind_from_file

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
FIELDS = (
    *("task_id", "task_type", "principal_id", "adapter_name", "status", "priority"),
    *("media_buy_id", "creative_id", "operation", "error_detail", "assigned_to", "assigned_at"),
    *("created_at", "updated_at", "due_by", "completed_at"),
    *("resolution", "resolution_detail", "resolved_by"),
)


def request_in(state: str, outcome: str | None = None, **over: Any) -> Request:
    fields: dict[str, Any] = {
        "id": "r-1",
        "state": state,
        "outcome": outcome,
        "type": "permission_exception",
        "principal_id": "acme",
        "priority": "high",
        "context": {"adapter_name": "gam", "operation": "create_line_item", "budget": 5},
        "created_at": NOON,
        "updated_at": NOON,
        "timeout_at": NOON + timedelta(hours=8),
    }
    return Request.model_validate(fields | over)


def answered(decision: str, means: str, **over: Any) -> Request:
    said = {"decision": decision, "means": means, "comment": "Why", "responder_id": "p-1"}
    ended = {"responded_at": NOON + timedelta(minutes=5), "response": {**said, **over}}
    outcome = "could_not_complete" if means == "could_not_complete" else "answered"
    return request_in("responded", outcome, **ended)


def test_a_task_has_the_fields_that_it_must_have_and_no_others() -> None:
    assert tuple(HumanTask.model_fields) == FIELDS


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (request_in("pending"), "pending"),
        (request_in("notified"), "pending"),
        (request_in("assigned"), "assigned"),
        (request_in("in_progress"), "in_progress"),
        (request_in("notified", escalation_level=1), "escalated"),
        (request_in("in_progress", escalation_level=2), "escalated"),
        (answered("completed", "answer"), "completed"),
        (answered("refuse", "reject"), "completed"),
        (answered("cannot_complete", "could_not_complete"), "failed"),
        (request_in("completed", "timed_out", escalation_level=1), "failed"),
        (request_in("cancelled", "cancelled"), "failed"),
    ],
)
def test_the_status_follows_from_where_the_request_stands(request_: Request, status: str) -> None:
    task = task_of(request_)
    assert task.status == status
    assert task.is_open == (request_.outcome is None)


@pytest.mark.parametrize(
    ("request_", "resolution"),
    [
        (request_in("notified"), None),
        (answered("approve", "approve"), "approved"),
        (answered("approve_modified", "approve"), "approved"),
        (answered("granted", "answer"), "approved"),
        (answered("completed", "answer"), "completed"),
        (answered("refuse", "reject"), "rejected"),
        (answered("cannot_complete", "could_not_complete"), "cannot_complete"),
        (request_in("completed", "timed_out"), "cannot_complete"),
        (request_in("cancelled", "cancelled"), "cannot_complete"),
        (
            request_in("timed_out", "timed_out", response={"means": "reject", "default": True}),
            "rejected",
        ),
    ],
)
def test_the_resolution_follows_from_what_was_decided(
    request_: Request, resolution: str | None
) -> None:
    assert task_of(request_).resolution == resolution


def test_a_resolved_task_tells_who_when_and_why() -> None:
    task = task_of(answered("completed", "answer"))
    assert (task.resolved_by, task.resolution_detail) == ("p-1", "Why")
    assert task.completed_at == NOON + timedelta(minutes=5)
    assert (task.adapter_name, task.media_buy_id) == ("gam", None)


def test_a_task_is_due_when_it_was_agreed_and_else_at_its_deadline() -> None:
    agreed = request_in("notified", metadata={"sla_seconds": 60})
    assert task_of(agreed).due_by == NOON + timedelta(seconds=60)
    assert task_of(request_in("notified")).due_by == NOON + timedelta(hours=8)


def test_a_task_is_held_by_a_person_or_by_a_team() -> None:
    person = request_in("assigned", assigned_to={"person": "p-1", "team": None})
    team = request_in("assigned", assigned_to={"person": None, "team": "compliance"})
    assert task_of(person).assigned_to == "p-1"
    assert task_of(team).assigned_to == "team:compliance"


@pytest.mark.parametrize("task_type", list(TaskType))
def test_each_type_has_its_team_and_offers_what_its_kind_decides(task_type: TaskType) -> None:
    kind, duty = kind_from_file(KINDS / f"{task_type}.yaml"), DUTIES[task_type]
    assert kind.name == task_type
    assert duty.team in kind.candidates.teams
    offered = {one.name for one in kind.decisions}
    words = {*duty.decisions.values(), *([duty.modified] if duty.modified else [])}
    assert words == offered


def test_a_resolution_that_a_type_does_not_have_is_refused() -> None:
    assert decision_for("permission_exception", "approved") == "granted"
    assert decision_for("compliance_review", "approved", is_modified=True) == "approve_modified"
    with pytest.raises(NotOffered, match="only as"):
        decision_for("configuration_required", "approved")
    with pytest.raises(NotOffered, match="modifications"):
        decision_for("compliance_review", "rejected", is_modified=True)
    with pytest.raises(NotOffered, match="no type of task"):
        decision_for("lunch", "approved")


def test_a_question_hides_details_but_not_what_is_decided() -> None:
    wanted = {
        "error_detail": "403 for ann@acme.example",
        "details": {"contact": ["+49 30 123456"]},
        "content": {"headline": "Call +49 30 123456"},
        "creative_id": "c-1",
    }
    question = question_of("creative_approval", "acme", wanted)
    assert question.get("context") == {
        "contact": ["•••"],
        "creative_id": "c-1",
        "error_detail": "403 for •••",
        "content": {"headline": "Call +49 30 123456"},
    }
    assert question == question_of("creative_approval", "acme", wanted)


def test_priority_and_sla_are_the_types_unless_they_are_given() -> None:
    plain = question_of("permission_exception", "acme", {})
    assert (plain.get("priority"), plain.get("metadata")) == (
        "high",
        {"sla_seconds": SLA["high"].total_seconds()},
    )
    given = question_of("permission_exception", "acme", {"priority": "low"})
    assert given.get("metadata") == {"sla_seconds": SLA["low"].total_seconds()}
    with pytest.raises(ValueError, match="principal"):
        question_of("permission_exception", "", {})


def test_what_was_decided_is_read_from_the_outcome() -> None:
    said = {"decision": "approve_modified", "means": "approve", "edited": {"content": {"geo": []}}}
    request = request_in("responded", "answered", type="compliance_review", response=said)
    decided = decided_by(outcome_of(request))
    assert (decided.resolution, decided.content) == (Resolution.APPROVED, {"geo": []})
    silent = decided_by(outcome_of(request_in("timed_out", "timed_out")))
    assert (silent.resolution, silent.is_failed) == (Resolution.CANNOT_COMPLETE, True)
    assert "nobody resolved it in time" in silent.why_failed
    with pytest.raises(ValueError, match="not decided"):
        decided_by(outcome_of(request_in("revising")))
