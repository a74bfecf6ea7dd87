"""How a request is opened, and what opening it twice means."""

from dataclasses import replace

import pytest

from event_schemas.types import (
    AutoDecision,
    Candidates,
    Completed,
    DeadlineAction,
    LadderStep,
    Means,
    Outcome,
    Policy,
    Received,
    RefusalReason,
    Requested,
    Response,
    RuleUsed,
    Stage,
    State,
)
from kernel.request.opening import policy_id_of
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    APPROVE,
    BOT,
    CALLBACK,
    CLOCK,
    DAY,
    DECISIONS,
    HASH,
    HOUR,
    LEA,
    NOON,
    agent,
    answer,
    at_deadline,
    later_by,
    person,
    policy,
    question,
    rung,
)


def test_a_question_becomes_a_pending_request() -> None:
    rules = policy()
    given(rules=rules).then(Requested).then_is(
        State.PENDING,
        version=1,
        revision=1,
        content_hash=HASH,
        policy_id=policy_id_of(rules),
        created_at=NOON,
        deadline=later_by(HOUR),
        requester_id="bot",
        outcome=None,
        callback_status=None,
    )


def test_time_to_answer_runs_from_when_the_question_reached_the_broker() -> None:
    story = Story(at=later_by(DAY)).when(BOT, question())
    story.then_is(State.PENDING, created_at=later_by(DAY), deadline=later_by(HOUR))


def test_without_a_timeout_it_waits_for_ever() -> None:
    given(timeout_seconds=None).then_is(State.PENDING, deadline=None)


def test_the_same_question_again_is_the_same_request() -> None:
    given().when(BOT, question(), after=1).then_nothing().then_is(State.PENDING, version=1)


def test_the_same_question_again_after_the_end_changes_nothing() -> None:
    given().when(ANN, answer()).when(BOT, question()).then_nothing()


def test_another_question_under_the_same_key_is_refused() -> None:
    given().when(BOT, question(fingerprint="f2")).then_refused(RefusalReason.KEY_REUSED)


@pytest.mark.parametrize("asker", [LEA, person("ruth", "requester"), agent("other")])
def test_agents_and_people_who_may_ask_open_requests(asker: object) -> None:
    Story().when(asker, question()).then(Requested)


@pytest.mark.parametrize("other", [ANN, person("ana", "analyst"), person("eve"), CLOCK])
def test_nobody_else_opens_requests(other: object) -> None:
    Story().when(other, question()).then_refused(RefusalReason.NOT_ALLOWED)


def test_a_role_to_ask_may_be_limited_to_a_kind() -> None:
    asker = person("ruth", "requester:approval")
    Story().when(asker, question()).then(Requested)
    refund = question(kind="refund", rules=policy(kind="refund"))
    Story().when(asker, refund).then_refused(RefusalReason.NOT_ALLOWED)


def test_a_standing_rule_answers_at_once() -> None:
    auto = AutoDecision(rule="small", rule_version=3, decision="approve", comment="Small.")
    response = Response(
        decision="approve",
        means=Means.APPROVE,
        comment="Small.",
        responder_id="rule:small",
        revision=1,
        content_hash=HASH,
        responded_at=NOON,
        rule=RuleUsed(rule="small", rule_version=3),
    )
    answered = Received(response=response, outcome=Outcome.ANSWERED, receipt_until=later_by(HOUR))
    story = given(auto_decision=auto, rules=policy(receipt_seconds=HOUR))
    story.then(Requested, answered, Completed())
    story.then_is(State.COMPLETED, outcome=Outcome.ANSWERED)
    assert [applied.by_policy for applied in story.news] == [False, True, True]
    assert story.state.closing.actor_id == "rule:small"


def test_a_rule_that_answers_is_called_back_about() -> None:
    auto = AutoDecision(rule="small", rule_version=1, decision="reject")
    story = given(auto_decision=auto, callback=CALLBACK).then(Requested, Received)
    story.then_is(State.RESPONDED, callback_id=story.news[1].context.event_id)


def _broken(**over: object) -> Policy:
    return policy(**over)


@pytest.mark.parametrize(
    "asked",
    [
        question(timeout_seconds=0),
        question(timeout_seconds=-5),
        question(timeout_seconds=2**62),
        question(kind="other"),
        question(auto_decision=AutoDecision(rule="r", rule_version=1, decision="burn")),
        question(auto_decision=AutoDecision(rule="r", rule_version=1, decision="request_changes")),
        question(rules=_broken(decisions=())),
        question(rules=_broken(decisions=(APPROVE, APPROVE))),
        question(rules=_broken(quorum=0)),
        question(rules=_broken(quorum=51)),
        question(rules=_broken(stages=(Stage(name="s", candidates=Candidates(), quorum=0),))),
        question(rules=_broken(remind_before_seconds=(60, 60))),
        question(rules=_broken(remind_before_seconds=(60, 0))),
        question(rules=_broken(remind_before_seconds=tuple(range(40, 0, -1)))),
        question(rules=_broken(max_revisions=-1)),
        question(rules=_broken(revise_within_seconds=0)),
        question(rules=_broken(claim_seconds=-1)),
        question(rules=_broken(receipt_seconds=2**62)),
        question(rules=_broken(ladder=(rung("up", -1, "lea"),))),
        question(rules=_broken(ladder=(rung("up", 1, "lea"),) * 33)),
        question(rules=_broken(deadline=at_deadline(DeadlineAction.ANSWER, "burn"))),
        question(rules=_broken(deadline=at_deadline(DeadlineAction.ANSWER, "request_changes"))),
        question(
            rules=_broken(decisions=DECISIONS[1:], deadline=at_deadline(DeadlineAction.APPROVE))
        ),
    ],
)
def test_rules_that_make_no_sense_are_refused(asked: object) -> None:
    story = Story().when(BOT, asked).then_refused(RefusalReason.INVALID)
    assert story.request is None


def test_the_bounds_themselves_are_allowed() -> None:
    ladder = (LadderStep(name="up", after_seconds=0, candidates=Candidates()),) * 32
    rules = policy(
        quorum=50,
        max_revisions=100,
        remind_before_seconds=tuple(range(32, 0, -1)),
        ladder=ladder,
        deadline=at_deadline(DeadlineAction.REJECT),
    )
    Story().when(BOT, replace(question(rules=rules), timeout_seconds=1)).then(Requested)
