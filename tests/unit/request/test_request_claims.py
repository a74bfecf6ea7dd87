"""Who holds a request: claims and their lease, assignments, starting, and giving back."""

import pytest

from event_schemas.types import (
    Assign,
    Assigned,
    Assignee,
    Claim,
    Completed,
    NextStep,
    Received,
    RecordNotification,
    RefusalReason,
    Release,
    Released,
    Start,
    Started,
    State,
    StepKind,
)
from kernel.request.steps import next_step
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    CLOCK,
    HOUR,
    LEA,
    MINUTE,
    NOTIFIER,
    answer,
    later_by,
    person,
    policy,
)

TO_ANN, TO_BEN = Assign(assignee=Assignee(person="ann")), Assign(assignee=Assignee(person="ben"))
TO_OPS = Assign(assignee=Assignee(team="ops"))
MEMBER = person("mia", "reviewer", teams=("ops",))
TOLD = RecordNotification(notice_id="n1", sent=1, failed=0)
LEASED = policy(claim_seconds=10 * MINUTE)


def claimed() -> Story:
    return given(rules=LEASED).when(ANN, Claim(), after=60)


def test_a_claim_gives_the_request_to_the_claimer_for_a_while() -> None:
    until = later_by(60 + 10 * MINUTE)
    story = claimed()
    story.then(Assigned(assignee=Assignee(person="ann"), claimed=True, until=until))
    story.then_is(State.ASSIGNED, claim_until=until, claim_generation=1)
    assert story.request is not None
    assert next_step(story.request) == NextStep(kind=StepKind.RELEASE, at=until, generation=1)


def test_a_claim_without_a_lease_does_not_end() -> None:
    given().when(ANN, Claim()).then_is(State.ASSIGNED, claim_until=None)


def test_claiming_again_changes_nothing_and_another_is_told_who_holds_it() -> None:
    story = claimed().when(ANN, Claim(), after=60).then_nothing()
    story.when(BEN, Claim()).then_refused(RefusalReason.HELD_BY)
    assert story.last.refusal is not None
    assert story.last.refusal.holder == "ann"


def test_the_lease_ends_by_the_clock() -> None:
    story = claimed()
    story.when(CLOCK, Release(generation=1), after=MINUTE).then_refused(RefusalReason.TOO_EARLY)
    story.when(CLOCK, Release(generation=1), after=9 * MINUTE)
    story.then(Released(from_person="ann", reason="The claim ran out."))
    story.then_is(State.PENDING, assignee=None, claim_until=None, claim_generation=2)
    story.when(CLOCK, Release(generation=1)).then_nothing()


def test_the_end_of_an_old_lease_does_not_touch_a_new_claim() -> None:
    story = claimed().when(ANN, Release()).when(BEN, Claim())
    story.when(CLOCK, Release(generation=1)).then_nothing()
    story.then_is(State.ASSIGNED, assignee=Assignee(person="ben"))


def test_when_the_lease_has_ended_another_claims_at_once() -> None:
    story = claimed().when(BEN, Claim(), after=10 * MINUTE).then(Released, Assigned)
    assert [applied.by_policy for applied in story.news] == [True, False]


def test_whoever_held_it_may_still_answer_after_the_lease() -> None:
    claimed().when(ANN, answer(), after=20 * MINUTE).then(Released, Received, Completed)


def test_the_holder_starts() -> None:
    story = claimed().when(ANN, Start()).then(Started()).then_is(State.IN_PROGRESS)
    story.when(ANN, Start()).then_nothing()
    story.when(BEN, Start()).then_refused(RefusalReason.HELD_BY)
    story.when(CLOCK, Release(generation=1), after=10 * MINUTE).then(Released)


def test_starting_on_what_nobody_holds_claims_it() -> None:
    story = given(rules=LEASED).when(ANN, Start()).then(Assigned, Started)
    story.then_is(State.IN_PROGRESS, claim_until=later_by(10 * MINUTE))


def test_giving_back_returns_it_to_where_it_was() -> None:
    given().when(ANN, Claim()).when(ANN, Release(reason="Busy.")).then(
        Released(from_person="ann", reason="Busy.")
    ).then_is(State.PENDING)
    story = given().when(NOTIFIER, TOLD).when(ANN, Start())
    story.when(ANN, Release()).then_is(State.NOTIFIED)
    story.when(LEA, Release()).then_refused(RefusalReason.WRONG_STATE)


def test_only_the_holder_or_a_lead_gives_it_back() -> None:
    story = claimed().when(BEN, Release()).then_refused(RefusalReason.HELD_BY)
    story.when(LEA, Release()).then(Released)


def test_what_was_somebodys_is_not_taken_from_who_has_it_now() -> None:
    story = claimed().when(LEA, TO_BEN)
    story.when(LEA, Release(from_person="ann")).then_refused(RefusalReason.HELD_BY)
    story.then_is(State.ASSIGNED, assignee=Assignee(person="ben"))
    story.when(LEA, Release(from_person="ben")).then(Released(from_person="ben", reason=None))


def test_a_lead_assigns_over_the_head_of_a_holder() -> None:
    story = claimed().when(LEA, TO_BEN)
    story.then(Assigned(assignee=Assignee(person="ben"), claimed=False))
    story.then_is(State.ASSIGNED, claim_generation=2, claim_until=None)
    story.when(ANN, answer()).then_refused(RefusalReason.HELD_BY)
    story.when(LEA, TO_BEN).then_nothing()


def test_others_take_only_for_themselves() -> None:
    given().when(ANN, TO_BEN).then_refused(RefusalReason.NOT_ALLOWED)
    given(rules=LEASED).when(ANN, TO_ANN).then(
        Assigned(assignee=Assignee(person="ann"), claimed=True, until=later_by(10 * MINUTE))
    )
    claimed().when(BEN, TO_BEN).then_refused(RefusalReason.HELD_BY)


def test_nobody_is_assigned_who_may_not_answer() -> None:
    story = given(rules=policy(excluded=("ben",)), requester_id="ann")
    for barred in (TO_BEN, TO_ANN):
        story.when(LEA, barred).then_refused(RefusalReason.NOT_ALLOWED)
        story.when(NOTIFIER, barred).then_refused(RefusalReason.NOT_ALLOWED)


def test_the_notifier_assigns_but_takes_it_from_nobody() -> None:
    story = given().when(NOTIFIER, TO_OPS).when(NOTIFIER, TO_ANN).then(Assigned)
    story.when(NOTIFIER, TO_BEN).then_refused(RefusalReason.HELD_BY)
    story.when(NOTIFIER, TO_ANN).then_nothing()


def test_a_teams_request_is_for_its_members() -> None:
    story = given().when(LEA, TO_OPS)
    story.when(BEN, Claim()).then_refused(RefusalReason.HELD_BY)
    story.when(BEN, answer()).then_refused(RefusalReason.HELD_BY)
    story.when(MEMBER, Claim()).then(Assigned)
    story.then_is(State.ASSIGNED, assignee=Assignee(person="mia"))


def test_an_assignee_may_answer_though_not_a_candidate() -> None:
    story = given().when(LEA, Assign(assignee=Assignee(person="zoe")))
    story.when(person("zoe"), answer()).then(Received, Completed)


@pytest.mark.parametrize(
    "nobody",
    [Assignee(), Assignee(person="ann", team="ops"), Assignee(person=""), Assignee(team="")],
)
def test_an_assignment_names_one_person_or_team(nobody: Assignee) -> None:
    given().when(LEA, Assign(assignee=nobody)).then_refused(RefusalReason.INVALID)


def test_with_a_quorum_nobody_holds_it() -> None:
    story = given(rules=policy(quorum=2, claim_seconds=HOUR))
    story.when(ANN, Claim()).then_refused(RefusalReason.WRONG_STATE)
    story.when(LEA, TO_ANN).then_refused(RefusalReason.WRONG_STATE)
    story.when(LEA, TO_OPS).then(Assigned)
    story.when(ANN, Start()).then(Started).then_is(State.IN_PROGRESS)
    story.when(BEN, Start()).then_nothing()
