"""How several people decide: quorums, vetoes and stages."""

from event_schemas.types import (
    AnswerRecorded,
    Candidates,
    ChangesRequested,
    Claim,
    Completed,
    Means,
    Outcome,
    Received,
    RefusalReason,
    Revise,
    Stage,
    StageOpened,
    State,
    Vote,
)
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    BOT,
    CALLBACK,
    CAT,
    LEA,
    OTHER_HASH,
    answer,
    person,
    policy,
)

REVISE = Revise(title="And now?", context="{}", content_hash=OTHER_HASH)
SEND_BACK = answer("request_changes")
TWO = policy(quorum=2)
LENIENT = policy(quorum=2, changes_veto=False, reject_veto=False)
STAGES = (
    Stage(name="peers", candidates=Candidates(people=("ann", "ben", "cat")), quorum=2),
    Stage(name="chief", candidates=Candidates(roles=("lead",)), quorum=1),
)


def counted(story: Story) -> tuple[int, int]:
    recorded = story.events[0]
    assert isinstance(recorded, AnswerRecorded)
    return recorded.votes, recorded.needed


def test_votes_are_counted_until_the_quorum_closes() -> None:
    story = given(rules=TWO, callback=CALLBACK).when(ANN, answer()).then(AnswerRecorded)
    assert counted(story) == (1, 2)
    story.then_is(State.PENDING, outcome=None)
    story.when(BEN, answer()).then(AnswerRecorded, Received)
    assert counted(story) == (2, 2)
    story.then_is(State.RESPONDED, outcome=Outcome.ANSWERED)
    assert story.state.closing.actor_id == "ben"


def test_only_votes_for_the_same_decision_add_up() -> None:
    story = given(rules=LENIENT).when(ANN, answer()).when(BEN, answer("reject"))
    story.then(AnswerRecorded)
    story.when(CAT, answer("reject")).then(AnswerRecorded, Received, Completed)
    assert story.state.closing.decision == "reject"


def test_nobody_votes_twice_and_the_last_vote_counts() -> None:
    story = given(rules=LENIENT).when(ANN, answer()).when(ANN, answer())
    story.then(AnswerRecorded)
    assert counted(story) == (1, 2)
    story.when(ANN, answer("retry")).when(BEN, answer()).then(AnswerRecorded)
    assert story.state.votes == (
        Vote(person="ann", decision="retry", means=Means.ANSWER),
        Vote(person="ben", decision="approve", means=Means.APPROVE),
    )


def test_a_substitute_and_whose_place_it_takes_are_one_voter() -> None:
    stand_in = person("ben", "reviewer", on_behalf_of="ann")
    story = given(rules=TWO).when(ANN, answer()).when(stand_in, answer()).then(AnswerRecorded)
    story.when(BEN, answer()).then(AnswerRecorded)
    story.when(CAT, answer()).then(AnswerRecorded, Received, Completed)


def test_one_rejection_outweighs_a_quorum_unless_the_kind_says_otherwise() -> None:
    story = given(rules=TWO).when(ANN, answer()).when(BEN, answer("reject"))
    story.then(AnswerRecorded, Received, Completed)
    given(rules=LENIENT).when(BEN, answer("reject")).then(AnswerRecorded)


def test_one_request_for_changes_outweighs_a_quorum() -> None:
    story = given(rules=policy(quorum=3, max_revisions=1)).when(ANN, answer())
    story.when(BEN, SEND_BACK).then(AnswerRecorded, ChangesRequested)
    given(rules=TWO).when(BEN, SEND_BACK).then(AnswerRecorded, Received, Completed)


def test_changes_without_a_veto_need_the_quorum_too() -> None:
    rules = policy(quorum=2, max_revisions=1, changes_veto=False)
    story = given(rules=rules).when(ANN, SEND_BACK).then(AnswerRecorded)
    story.when(BEN, SEND_BACK).then(AnswerRecorded, ChangesRequested)


def test_changes_at_the_cap_are_refused_before_they_count() -> None:
    story = given(rules=policy(quorum=2, max_revisions=1))
    story.when(ANN, SEND_BACK).when(BOT, REVISE).when(ANN, SEND_BACK)
    story.then_refused(RefusalReason.REVISIONS_EXHAUSTED).then_is(State.PENDING, votes=())


def test_a_revised_question_voids_the_votes() -> None:
    story = given(rules=policy(quorum=2, max_revisions=1)).when(ANN, answer())
    story.when(BEN, SEND_BACK).when(BOT, REVISE).then_is(State.PENDING, votes=())
    story.when(BEN, answer(revision=2)).then(AnswerRecorded)
    story.when(ANN, answer(revision=2)).then(AnswerRecorded, Received, Completed)


def test_a_vote_is_told_of_the_decision_that_won() -> None:
    story = given(rules=TWO).when(ANN, answer()).when(BEN, answer()).when(CAT, answer("reject"))
    story.then_refused(RefusalReason.ALREADY_DECIDED)


def test_stages_open_one_after_the_other_and_the_last_closes() -> None:
    story = given(rules=policy(stages=STAGES))
    story.when(LEA, answer()).then_refused(RefusalReason.NOT_ALLOWED)
    story.when(ANN, answer()).then(AnswerRecorded)
    story.when(BEN, answer())
    story.then(
        AnswerRecorded,
        StageOpened(stage=1, name="chief", candidates=Candidates(roles=("lead",))),
    )
    story.then_is(State.PENDING, stage=1, votes=(), outcome=None)
    story.when(CAT, answer()).then_refused(RefusalReason.NOT_ALLOWED)
    story.when(LEA, answer()).then(AnswerRecorded, Received, Completed)
    assert [e.stage for e in map(_event, story.history) if isinstance(e, AnswerRecorded)] == [
        0,
        0,
        1,
    ]


def _event(applied: object) -> object:
    return getattr(applied, "event", None)


def test_a_rejection_in_any_stage_ends_it() -> None:
    story = given(rules=policy(stages=STAGES, reject_veto=False))
    story.when(ANN, answer("reject")).then(AnswerRecorded)
    story.when(BEN, answer("reject")).then(AnswerRecorded, Received, Completed)


def test_giving_up_in_a_stage_ends_it() -> None:
    story = given(rules=policy(stages=STAGES))
    story.when(ANN, answer("cannot_fix")).when(BEN, answer("cannot_fix"))
    story.then_is(State.COMPLETED, outcome=Outcome.COULD_NOT_COMPLETE)


def test_a_revised_question_starts_with_the_first_stage() -> None:
    story = given(rules=policy(stages=STAGES, max_revisions=1))
    story.when(ANN, answer()).when(BEN, answer()).when(LEA, SEND_BACK).when(BOT, REVISE)
    story.then_is(State.PENDING, stage=0, votes=())


def test_a_claim_ends_with_its_stage() -> None:
    alone = tuple(
        Stage(name=name, candidates=Candidates(roles=("reviewer",))) for name in ("one", "two")
    )
    story = given(rules=policy(stages=alone)).when(ANN, Claim()).when(BEN, answer())
    story.then_refused(RefusalReason.HELD_BY)
    story.when(ANN, answer()).then(AnswerRecorded, StageOpened)
    story.then_is(State.PENDING, assignee=None, claim_generation=2)
    story.when(BEN, answer()).then(AnswerRecorded, Received, Completed)


def test_a_stage_that_names_nobody_asks_the_candidates() -> None:
    stages = (Stage(name="one", candidates=Candidates()),)
    rules = policy(stages=stages, candidates=Candidates(people=("ann",)))
    story = given(rules=rules).when(BEN, answer()).then_refused(RefusalReason.NOT_ALLOWED)
    story.when(ANN, answer()).then(AnswerRecorded, Received, Completed)


def test_voters_are_bounded() -> None:
    story = given(rules=policy(quorum=50, decisions=policy().decisions))
    for number in range(64):
        decision = "approve" if number % 2 else "retry"
        story.when(person(f"p{number}", "reviewer"), answer(decision)).then(AnswerRecorded)
    story.when(person("one too many", "reviewer"), answer())
    story.then_refused(RefusalReason.LIMIT_REACHED)
    story.when(person("p0", "reviewer"), answer()).then(AnswerRecorded)
