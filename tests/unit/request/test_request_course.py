"""Withdrawing, urgency, words, and spending an approval."""

import pytest

from event_schemas.types import (
    Attachment,
    Cancel,
    Cancelled,
    Claim,
    Comment,
    Commented,
    Completed,
    DeadlineAction,
    Extend,
    Outcome,
    Priority,
    Redeem,
    Redeemed,
    RefusalReason,
    Reprioritise,
    Reprioritised,
    State,
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
    OTHER_HASH,
    agent,
    answer,
    at_deadline,
    policy,
)

REDEEM = Redeem(content_hash=HASH, spender="deploy-7")


@pytest.mark.parametrize("actor", [BOT, LEA])
def test_the_asker_or_a_lead_withdraws(actor: object) -> None:
    story = given(callback=CALLBACK).when(ANN, Claim()).when(actor, Cancel(reason="Moot."))
    story.then(Cancelled(reason="Moot.")).then_is(State.CANCELLED, outcome=Outcome.CANCELLED)
    story.when(actor, Cancel()).then_refused(RefusalReason.ALREADY_DECIDED)


def test_without_a_callback_a_withdrawal_completes_the_request() -> None:
    given().when(BOT, Cancel()).then(Cancelled, Completed).then_is(State.COMPLETED)


@pytest.mark.parametrize("actor", [ANN, agent("other")])
def test_nobody_else_withdraws(actor: object) -> None:
    given().when(actor, Cancel()).then_refused(RefusalReason.NOT_ALLOWED)


def test_priority_changes_once() -> None:
    story = given().when(ANN, Reprioritise(priority=Priority.URGENT, reason="Now."))
    story.then(Reprioritised(priority=Priority.URGENT, previous=Priority.MEDIUM, reason="Now."))
    story.then_is(State.PENDING, priority=Priority.URGENT)
    story.when(BOT, Reprioritise(priority=Priority.URGENT)).then_nothing()


def test_words_are_recorded_even_after_the_end() -> None:
    file = Attachment(id="f", name="f", sha256="0" * 64, size_bytes=1, media_type="text/plain")
    story = given().when(BEN, Comment(text="Hm.", attachments=(file,)))
    story.then(Commented(text="Hm.", attachments=(file,)))
    story.when(ANN, answer()).when(BOT, Comment(text="Thanks.")).then(Commented)
    story.then_is(State.COMPLETED, version=5)
    story.when(LEA, Comment(text=" ")).then_refused(RefusalReason.INVALID)


@pytest.mark.parametrize("body", [Claim(), Extend(seconds=5), Reprioritise(priority=Priority.LOW)])
def test_nothing_else_is_changed_after_the_end(body: object) -> None:
    story = given().when(ANN, answer()).when(BEN, body)
    story.then_refused(RefusalReason.ALREADY_DECIDED)


def approved() -> Story:
    return given(rules=policy(receipt_seconds=DAY)).when(ANN, answer())


def test_an_approval_is_spent_once() -> None:
    story = approved().when(BOT, REDEEM, after=60)
    story.then(Redeemed(content_hash=HASH, spender="deploy-7"))
    story.then_is(State.COMPLETED, redeemed=True)
    story.when(BOT, REDEEM).then_refused(RefusalReason.SPENT)


def test_an_approval_is_spent_before_it_expires() -> None:
    approved().when(BOT, REDEEM, after=DAY).then_refused(RefusalReason.LATE)
    approved().when(BOT, REDEEM, after=DAY - 1).then(Redeemed)


def test_an_approval_covers_only_what_was_approved() -> None:
    other = Redeem(content_hash=OTHER_HASH, spender="deploy-7")
    approved().when(BOT, other).then_refused(RefusalReason.STALE_REVISION)


def test_only_its_asker_spends_an_approval() -> None:
    approved().when(agent("other"), REDEEM).then_refused(RefusalReason.NOT_ALLOWED)


@pytest.mark.parametrize(
    "story",
    [
        given(rules=policy(receipt_seconds=DAY)),
        given(rules=policy(receipt_seconds=DAY)).when(ANN, answer("reject")),
        given(rules=policy(receipt_seconds=DAY)).when(BOT, Cancel()),
        given().when(ANN, answer()),
        given(rules=policy(receipt_seconds=DAY, deadline=at_deadline(DeadlineAction.APPROVE))).when(
            ANN, Comment(text="Late."), after=HOUR
        ),
    ],
)
def test_what_no_person_approved_with_a_receipt_is_not_spent(story: Story) -> None:
    story.when(BOT, REDEEM).then_refused(RefusalReason.WRONG_STATE)
