"""What the notifier and the callback service report, once or often, early or late."""

import pytest

from event_schemas.types import (
    CallbackFailed,
    CallbackSent,
    CallbackStatus,
    Cancel,
    Claim,
    Completed,
    Event,
    Expire,
    Notified,
    RecordCallback,
    RecordNotification,
    RefusalReason,
    Revise,
    State,
)
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BEN,
    BOT,
    CALLBACK,
    CLOCK,
    HOUR,
    NOTIFIER,
    OTHER_HASH,
    POSTMAN,
    answer,
    policy,
)

REVISE = Revise(title="And now?", context="{}", content_hash=OTHER_HASH)


def told(notice_id: str = "n1", *, sent: int = 2, failed: int = 0) -> RecordNotification:
    return RecordNotification(notice_id=notice_id, channels=("email",), sent=sent, failed=failed)


def delivered(delivery_id: str) -> RecordCallback:
    return RecordCallback(delivery_id=delivery_id, delivered=True, status_code=204, attempts=2)


def given_up(delivery_id: str) -> RecordCallback:
    return RecordCallback(
        delivery_id=delivery_id, delivered=False, status_code=500, attempts=8, error="500"
    )


def id_of(story: Story, event: type[Event]) -> str:
    """The delivery id of the callback about the story's last event of a type."""
    found = [applied for applied in story.history if isinstance(applied.event, event)]
    return found[-1].context.event_id


def test_the_first_notice_makes_a_pending_request_notified() -> None:
    story = given().when(NOTIFIER, told())
    story.then(Notified(notice_id="n1", channels=("email",), sent=2, failed=0))
    story.then_is(State.NOTIFIED, notified=True)
    story.when(NOTIFIER, told("n2")).then(Notified).then_is(State.NOTIFIED, version=3)


def test_a_notice_is_recorded_once() -> None:
    given().when(NOTIFIER, told()).when(NOTIFIER, told(sent=1)).then_nothing()


def test_a_notice_that_reached_nobody_is_recorded_and_moves_nothing() -> None:
    story = given().when(NOTIFIER, told(sent=0, failed=2)).then(Notified)
    story.then_is(State.PENDING, notified=False)


def test_a_notice_moves_only_what_is_pending() -> None:
    story = given().when(ANN, Claim()).when(NOTIFIER, told()).then(Notified)
    story.then_is(State.ASSIGNED, notified=True)
    closed = given().when(BOT, Cancel()).when(NOTIFIER, told()).then(Notified)
    closed.then_is(State.COMPLETED)


def test_remembered_notices_are_bounded() -> None:
    story = given()
    for number in range(20):
        story.when(NOTIFIER, told(f"n{number}")).then(Notified)
    assert story.state.settled_notices == tuple(f"n{number}" for number in range(12, 20))


@pytest.mark.parametrize("end", ["Received", "TimedOut", "Cancelled"])
def test_every_end_is_called_back_about_and_then_complete(end: str) -> None:
    story = given(callback=CALLBACK)
    if end == "Received":
        story.when(ANN, answer()).then_is(State.RESPONDED)
    elif end == "TimedOut":
        story.when(CLOCK, Expire(generation=1), after=HOUR).then_is(State.TIMED_OUT)
    else:
        story.when(BOT, Cancel()).then_is(State.CANCELLED)
    assert story.state.callback_status is CallbackStatus.PENDING
    delivery = story.news[0].context.event_id
    story.when(POSTMAN, delivered(delivery))
    story.then(CallbackSent(delivery_id=delivery, status_code=204, attempts=2), Completed())
    assert story.news[0].request.state.state is State.CALLBACK_SENT
    story.then_is(State.COMPLETED, callback_status=CallbackStatus.SENT)
    story.when(POSTMAN, delivered(delivery)).then_nothing()
    story.when(POSTMAN, given_up(delivery)).then_nothing()


def test_a_callback_that_was_given_up_waits_for_being_redriven() -> None:
    story = given(callback=CALLBACK).when(ANN, answer())
    delivery = story.state.callback_id
    story.when(POSTMAN, given_up(delivery))
    story.then(CallbackFailed(delivery_id=delivery, status_code=500, attempts=8, error="500"))
    story.then_is(State.RESPONDED, callback_status=CallbackStatus.FAILED)
    story.when(POSTMAN, given_up(delivery)).then_nothing()
    story.when(POSTMAN, delivered(delivery)).then(CallbackSent, Completed)
    story.then_is(State.COMPLETED, callback_status=CallbackStatus.SENT, failed_deliveries=())


def sent_back() -> Story:
    rules = policy(max_revisions=3)
    return given(rules=rules, callback=CALLBACK).when(ANN, answer("request_changes"))


def test_a_callback_about_changes_completes_nothing() -> None:
    story = sent_back().when(POSTMAN, delivered(sent_back().state.callback_id))
    story.then(CallbackSent).then_is(State.REVISING, callback_status=CallbackStatus.SENT)
    story.when(BOT, REVISE).when(BEN, answer())
    story.then_is(State.RESPONDED, callback_status=CallbackStatus.PENDING)
    story.when(POSTMAN, delivered(story.state.callback_id)).then(CallbackSent, Completed)


def test_a_callback_about_changes_that_ends_after_the_end_completes_nothing() -> None:
    story = sent_back()
    changes = story.state.callback_id
    story.when(BOT, REVISE).when(BEN, answer())
    story.when(POSTMAN, given_up(changes)).then(CallbackFailed)
    story.then_is(State.RESPONDED, callback_status=CallbackStatus.PENDING)
    story.when(POSTMAN, given_up(changes)).then_nothing()
    story.when(POSTMAN, delivered(changes)).then(CallbackSent)
    story.then_is(State.RESPONDED, callback_status=CallbackStatus.PENDING)
    story.when(POSTMAN, delivered(story.state.callback_id)).then(CallbackSent, Completed)


def test_a_callback_about_changes_may_end_after_the_question_was_revised() -> None:
    story = sent_back()
    changes = story.state.callback_id
    story.when(BOT, REVISE).when(POSTMAN, delivered(changes)).then(CallbackSent)
    story.then_is(State.PENDING)


def test_nobody_called_back_who_did_not_ask_for_it() -> None:
    story = given().when(ANN, answer()).when(POSTMAN, delivered("d1"))
    story.then_refused(RefusalReason.WRONG_STATE)


def test_a_delivered_callback_has_a_status() -> None:
    body = RecordCallback(delivery_id="d", delivered=True, attempts=1)
    given(callback=CALLBACK).when(POSTMAN, body).then_refused(RefusalReason.INVALID)


def test_recorded_callbacks_are_bounded() -> None:
    story = given(callback=CALLBACK)
    for number in range(128):
        outcome = delivered if number % 2 else given_up
        assert story.when(POSTMAN, outcome(f"d{number}")).events
    story.when(POSTMAN, delivered("one too many")).then_refused(RefusalReason.LIMIT_REACHED)
    story.when(POSTMAN, delivered("d0")).then(CallbackSent)
