"""How one person answers, and who is turned down."""

import pytest

from event_schemas.types import (
    Assign,
    Assignee,
    Attachment,
    Cancel,
    Claim,
    Completed,
    Extend,
    Means,
    Outcome,
    Received,
    RecordNotification,
    RefusalReason,
    Response,
    Start,
    State,
    TimedOut,
    Winner,
)
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    BOT,
    CALLBACK,
    DAY,
    HASH,
    HOUR,
    LEA,
    NOTIFIER,
    OTHER_HASH,
    answer,
    later_by,
    policy,
)

NOTIFY = RecordNotification(notice_id="n1", channels=("email",), sent=1, failed=0)


def waiting(state: State) -> Story:
    story = given(callback=CALLBACK)
    if state is State.PENDING:
        return story
    if state is State.NOTIFIED:
        return story.when(NOTIFIER, NOTIFY)
    return story.when(ANN, Claim() if state is State.ASSIGNED else Start())


@pytest.mark.parametrize(
    "state", [State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS]
)
def test_an_answer_is_taken_in_every_waiting_state(state: State) -> None:
    story = waiting(state).then_is(state)
    story.when(ANN, answer()).then(Received).then_is(State.RESPONDED, outcome=Outcome.ANSWERED)


def test_the_answer_carries_what_was_said_and_what_was_seen() -> None:
    file = Attachment(id="f", name="f.txt", sha256="0" * 64, size_bytes=1, media_type="text/plain")
    said = answer(
        "retry",
        comment="Again.",
        data='{"n":1}',
        edited="{}",
        patch="[]",
        attachments=(file,),
        revision=1,
        content_hash=HASH,
    )
    response = Response(
        decision="retry",
        means=Means.ANSWER,
        comment="Again.",
        data='{"n":1}',
        edited="{}",
        patch="[]",
        attachments=(file,),
        responder_id="ann",
        channel="web",
        revision=1,
        content_hash=HASH,
        responded_at=later_by(60),
    )
    story = given(rules=policy(receipt_seconds=HOUR)).when(ANN, said, after=60)
    story.then(Received(response=response, outcome=Outcome.ANSWERED), Completed())


def test_without_a_callback_the_answer_completes_the_request() -> None:
    given().when(ANN, answer()).then(Received, Completed).then_is(
        State.COMPLETED, callback_status=None, callback_id=None
    )


def test_an_answer_that_gives_up_is_an_outcome_of_its_own() -> None:
    story = given().when(ANN, answer("cannot_fix"))
    story.then_is(State.COMPLETED, outcome=Outcome.COULD_NOT_COMPLETE)


def test_only_an_approval_gives_a_receipt() -> None:
    rules = policy(receipt_seconds=DAY)
    approved = given(rules=rules).when(ANN, answer(), after=60)
    assert approved.events[0].receipt_until == later_by(60 + DAY)
    rejected = given(rules=rules).when(ANN, answer("reject"), after=60)
    assert rejected.events[0].receipt_until is None


def test_a_second_answer_is_told_who_was_first() -> None:
    story = given(callback=CALLBACK).when(ANN, answer("reject"), after=5)
    story.when(BEN, answer(), after=1).then_refused(RefusalReason.ALREADY_DECIDED)
    refusal = story.last.refusal
    assert refusal is not None
    assert refusal.winner == Winner(
        event="Received", actor_id="ann", decision="reject", at=later_by(5)
    )
    assert refusal.state is State.RESPONDED
    assert "reject by ann" in refusal.detail


def test_an_answer_to_a_withdrawn_request_is_told_so() -> None:
    story = given().when(BOT, Cancel()).when(ANN, answer())
    story.then_refused(RefusalReason.ALREADY_DECIDED)
    assert story.last.refusal is not None
    assert story.last.refusal.winner is not None
    assert story.last.refusal.winner.event == "Cancelled"


def test_a_decision_that_is_not_offered_is_invalid() -> None:
    story = given().when(ANN, answer("burn")).then_refused(RefusalReason.INVALID)
    assert story.last.refusal is not None
    assert "approve, reject" in story.last.refusal.detail


@pytest.mark.parametrize("words", [None, "", "  \n"])
def test_a_decision_may_need_words(words: str | None) -> None:
    story = given().when(ANN, answer("request_changes", comment=words))
    story.then_refused(RefusalReason.INVALID)


@pytest.mark.parametrize("seen", [{"revision": 2}, {"revision": 0}, {"content_hash": OTHER_HASH}])
def test_an_answer_to_something_else_is_stale(seen: dict[str, object]) -> None:
    story = given().when(ANN, answer(**seen)).then_refused(RefusalReason.STALE_REVISION)
    assert story.last.refusal is not None
    assert story.last.refusal.revision == 1


def test_what_another_person_holds_is_not_answered() -> None:
    story = given().when(ANN, Claim()).when(BEN, answer()).then_refused(RefusalReason.HELD_BY)
    assert story.last.refusal is not None
    assert story.last.refusal.holder == "ann"


def test_a_lead_takes_over_first_and_then_answers() -> None:
    story = given().when(ANN, Claim())
    story.when(LEA, answer()).then_refused(RefusalReason.HELD_BY)
    story.when(LEA, Assign(assignee=Assignee(person="lea"))).when(LEA, answer())
    story.then(Received, Completed)


def test_an_answer_at_the_deadline_is_late_and_one_before_it_is_not() -> None:
    in_time = given().when(ANN, answer(), after=HOUR - 0.000001)
    in_time.then(Received, Completed)
    late = given().when(ANN, answer(), after=HOUR)
    late.then_refused(RefusalReason.LATE, TimedOut, Completed)
    assert late.last.refusal is not None
    assert late.last.refusal.winner == Winner(
        event="TimedOut", actor_id="policy", at=later_by(HOUR)
    )


def test_an_answer_long_after_the_deadline_is_late_too() -> None:
    story = given().when(ANN, answer(), after=HOUR).when(BEN, answer(), after=DAY)
    story.then_refused(RefusalReason.LATE)
    assert story.last.refusal is not None
    assert story.last.refusal.winner is not None


def test_only_the_brokers_stamp_makes_an_answer_late() -> None:
    story = given().when(BOT, Extend(seconds=HOUR))
    story.at = later_by(DAY)
    story.when(ANN, answer(), after=60).then(Received, Completed)
    assert story.events[0].response.responded_at == later_by(60)
    assert story.state.closing.at == later_by(DAY)
