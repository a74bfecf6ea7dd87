"""What must have been looked at before an answer, and answers that people gave beforehand."""

import pytest

from event_schemas.types import (
    AutoDecision,
    Candidates,
    Completed,
    Oversight,
    OversightRule,
    Received,
    RefusalReason,
    Requested,
    RuleUsed,
    Stage,
    State,
)
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    BOT,
    HASH,
    LEA,
    OTHER_HASH,
    answer,
    later_by,
    policy,
    question,
)

LOOK = OversightRule(parts=("diff", "tests"), in_view_seconds=5)
SEEN = Oversight(proven=False, opened=("diff", "tests"), in_view_seconds=5)


def looked_at(rule: OversightRule = LOOK, **over: object) -> Story:
    return given(rules=policy(oversight=rule, **over))


def claim(**over: object) -> Oversight:
    return Oversight(**{"proven": False, **over})


def by_lea(**over: object) -> AutoDecision:
    fields = {"rule": "r1", "rule_version": 2, "decision": "approve", "maker": "lea"}
    return AutoDecision(**{**fields, "until": later_by(60), **over})


def test_what_was_seen_is_kept_with_the_answer() -> None:
    story = given().when(ANN, answer(seen=SEEN)).then(Received, Completed())
    assert story.events[0].response.seen == SEEN


def test_whoever_tells_nothing_is_taken_at_their_word_where_nothing_is_wanted() -> None:
    story = given().when(ANN, answer()).then(Received, Completed())
    assert story.events[0].response.seen is None


@pytest.mark.parametrize(
    ("seen", "unseen", "seconds"),
    [
        (None, ("diff", "tests"), 5),
        (claim(), ("diff", "tests"), 5),
        (claim(opened=("tests",), in_view_seconds=9), ("diff",), 0),
        (claim(opened=("diff", "tests"), in_view_seconds=4), (), 1),
        (claim(opened=("diff", "tests"), in_view_seconds=-3), (), 5),
    ],
)
def test_an_approval_of_what_was_not_looked_at_is_refused_with_what_is_left(
    seen: Oversight | None, unseen: tuple[str, ...], seconds: int
) -> None:
    story = looked_at().when(ANN, answer(seen=seen)).then_refused(RefusalReason.NOT_SEEN)
    refusal = story.last.refusal
    assert refusal is not None
    assert (refusal.unseen, refusal.look_seconds) == (unseen, seconds)
    assert all(part in refusal.detail for part in unseen)


def test_after_a_look_the_same_answer_is_taken() -> None:
    story = looked_at().when(ANN, answer()).when(ANN, answer(seen=SEEN))
    story.then(Received, Completed())


@pytest.mark.parametrize("decision", ["reject", "request_changes", "cannot_fix"])
def test_saying_no_needs_no_look(decision: str) -> None:
    looked_at().when(ANN, answer(decision)).then(Received, Completed())


def test_an_answer_that_means_none_of_both_needs_a_look_too() -> None:
    looked_at().when(ANN, answer("retry")).then_refused(RefusalReason.NOT_SEEN)


def test_where_only_our_own_page_counts_no_claim_does() -> None:
    proven = Oversight(proven=True, opened=("diff", "tests"), in_view_seconds=5)
    strict = OversightRule(parts=LOOK.parts, in_view_seconds=5, proven=True)
    story = looked_at(strict).when(ANN, answer(seen=SEEN)).then_refused(RefusalReason.NOT_SEEN)
    story.when(ANN, answer(seen=proven)).then(Received, Completed())


def test_a_rule_that_wants_nothing_in_particular_still_wants_a_look() -> None:
    story = looked_at(OversightRule()).when(ANN, answer()).then_refused(RefusalReason.NOT_SEEN)
    story.when(ANN, answer(seen=claim())).then(Received, Completed())


def test_each_of_several_must_have_looked() -> None:
    story = looked_at(quorum=2).when(ANN, answer(seen=SEEN))
    story.when(BEN, answer()).then_refused(RefusalReason.NOT_SEEN)


@pytest.mark.parametrize(
    "seen", [claim(revision=2), claim(revision=0), claim(content_hash=OTHER_HASH)]
)
def test_what_was_shown_of_another_content_answers_nothing(seen: Oversight) -> None:
    given().when(ANN, answer(seen=seen)).then_refused(RefusalReason.STALE_REVISION)


def test_what_was_shown_of_this_content_answers_it() -> None:
    given().when(ANN, answer(seen=claim(revision=1, content_hash=HASH))).then(Received, Completed())


def test_a_persons_rule_answers_at_once_and_is_named() -> None:
    auto = by_lea()
    story = given(auto_decision=auto).then(Requested, Received, Completed())
    assert story.events[0].auto_decision == auto
    assert story.events[1].response.rule == RuleUsed(rule="r1", rule_version=2, maker="lea")
    assert [applied.by_policy for applied in story.news] == [False, True, True]
    story.then_is(State.COMPLETED)


def test_a_rule_in_shadow_only_leaves_its_trace() -> None:
    auto = by_lea(shadow=True)
    story = given(auto_decision=auto).then(Requested).then_is(State.PENDING)
    assert story.events[0].auto_decision == auto
    story.when(ANN, answer("reject")).then(Received, Completed())


@pytest.mark.parametrize(
    ("auto", "rules"),
    [
        (by_lea(until=later_by(0)), policy()),
        (by_lea(maker="bot"), policy()),
        (by_lea(), policy(excluded=("lea",))),
        (by_lea(), policy(quorum=2)),
        (by_lea(), policy(stages=(Stage(name="one", candidates=Candidates(), quorum=1),))),
        (by_lea(), policy(oversight=LOOK)),
        (by_lea(shadow=True, maker="bot"), policy()),
    ],
    ids=["ran out", "own", "excluded", "quorum", "stages", "oversight", "own in shadow"],
)
def test_a_rule_that_may_not_decide_is_as_if_it_were_not_there(
    auto: AutoDecision, rules: object
) -> None:
    story = given(auto_decision=auto, rules=rules).then(Requested).then_is(State.PENDING)
    assert story.events[0].auto_decision is None


def test_a_rule_holds_up_to_its_last_moment_however_late_it_is_read() -> None:
    in_time = Story(at=later_by(3600)).when(BOT, question(auto_decision=by_lea()))
    in_time.then(Requested, Received, Completed())


def test_rejecting_needs_no_look_beforehand_either() -> None:
    story = given(auto_decision=by_lea(decision="reject"), rules=policy(oversight=LOOK))
    story.then(Requested, Received, Completed())


def test_where_one_may_answer_what_one_asks_so_may_ones_rule() -> None:
    asked = question(requester_id="lea", auto_decision=by_lea(), rules=policy(self_approval=True))
    Story().when(LEA, asked).then(Requested, Received, Completed())


def test_a_rule_of_the_kind_is_not_a_persons() -> None:
    auto = AutoDecision(rule="approval.small", rule_version=1, decision="approve")
    story = given(auto_decision=auto, rules=policy(quorum=2, oversight=LOOK))
    story.then(Requested, Received, Completed())
    assert story.events[1].response.rule == RuleUsed(rule="approval.small", rule_version=1)
