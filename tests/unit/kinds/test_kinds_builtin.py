"""The built-in kinds: all there, all sound, and what the seeds say about them."""

import pytest

from event_schemas.types import DeadlineAction, Means
from task_kinds.durations import MAX_SECONDS
from task_kinds.kind import Kind
from task_kinds.loader import builtin_kinds

NAMES = {
    "approval",
    "clarification",
    "code_review",
    "compliance_review",
    "configuration_required",
    "creative_approval",
    "creator_review",
    "decision",
    "failed_operation",
    "permission_exception",
    "script_approval",
    "tool_call",
}


def means(name: str) -> dict[str, Means]:
    return {option.name: option.means for option in builtin_kinds()[name].decisions}


def test_every_kind_of_the_design_is_built_in() -> None:
    assert set(builtin_kinds()) == NAMES


@pytest.mark.parametrize("kind", builtin_kinds().values(), ids=lambda kind: kind.name)
def test_a_built_in_kind_ends_by_itself_and_tells_people(kind: Kind) -> None:
    assert kind.usual.timeout_seconds is not None
    assert 0 < kind.usual.timeout_seconds < MAX_SECONDS
    assert {"email", "web"} <= set(kind.channels)
    assert kind.title
    assert kind.description
    assert not kind.auto_approval


def test_asking_for_changes_is_final_in_an_approval() -> None:
    approval = builtin_kinds()["approval"]
    assert means("approval") == {
        "approve": Means.APPROVE,
        "reject": Means.REJECT,
        "request_changes": Means.CHANGES,
    }
    assert approval.max_revisions == 0
    assert approval.usual.timeout_seconds == 24 * 3600
    assert approval.deadline.action is DeadlineAction.FAIL


def test_silence_is_no_consent_in_a_compliance_review() -> None:
    deadline = builtin_kinds()["compliance_review"].deadline
    assert (deadline.action, deadline.decision) == (DeadlineAction.REJECT, "reject")


def test_only_a_script_may_be_approved_by_whoever_asked() -> None:
    allowed = {name for name, kind in builtin_kinds().items() if kind.self_approval}
    assert allowed == {"script_approval"}
    assert means("script_approval")["regenerate"] is Means.CHANGES
    assert builtin_kinds()["script_approval"].max_revisions > 1


def test_a_failed_operation_climbs_its_ladder_and_is_found_by_its_account() -> None:
    kind = builtin_kinds()["failed_operation"]
    assert kind.deadline.action is DeadlineAction.ESCALATE
    assert len(kind.usual.ladder) == 2
    assert {"failure", "username", "phase", "account_status"} <= {f.name for f in kind.facets}
    assert {"retry", "skip_phase", "reset_account"} <= set(means("failed_operation"))


@pytest.mark.parametrize(
    ("name", "team"),
    [
        ("creative_approval", "creative_review"),
        ("permission_exception", "ad_operations"),
        ("configuration_required", "technical_operations"),
        ("compliance_review", "compliance"),
    ],
)
def test_the_team_of_a_task_type_answers_it(name: str, team: str) -> None:
    kind = builtin_kinds()[name]
    assert kind.candidates.teams == (team,)
    assert not kind.asker_may_choose
