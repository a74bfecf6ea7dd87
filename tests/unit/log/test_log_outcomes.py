"""A command has one outcome, and each entry names the one before it of its request."""

from typing import Any

import pytest

from event_schemas.types import Comment, RecordNotification
from services.request_svc.writing.ruling import GRACE_SECONDS, KEYED_REMEMBERED_SECONDS
from tests.unit.log.benches import (
    AGENT,
    APPROVE,
    NOTIFIER,
    OPEN,
    Bench,
    command,
    later,
    opening,
    reason_of,
    said,
)


def test_given_a_command_when_it_comes_again_then_the_first_outcome_is_told_again() -> None:
    bench = Bench()
    bench.decide(OPEN)
    first = bench.decide(APPROVE)

    again = bench.decide(APPROVE, seconds=1)
    entry = again.admitted.payload

    assert (entry.repeated, entry.refusal, entry.events) == (True, None, ())
    assert again.request is not None
    assert first.request is not None
    assert again.request.state.version == first.request.state.version


def test_given_a_refused_command_when_it_could_succeed_now_then_it_is_refused_again() -> None:
    bench = Bench()
    first = bench.entry(APPROVE)
    bench.decide(OPEN)

    again = bench.entry(APPROVE)

    assert reason_of(first) == "unknown"
    assert (again.repeated, again.refusal, again.events) == (True, first.refusal, ())


def test_given_a_command_past_its_validity_then_it_is_expired() -> None:
    bench = Bench()
    bench.decide(OPEN)

    assert reason_of(bench.entry(said("in time"), seconds=900)) is None
    assert reason_of(bench.entry(said("too late"), seconds=900.001)) == "expired"


def test_given_an_outcome_within_the_grace_when_the_command_comes_again_then_it_is_told() -> None:
    bench = Bench()
    bench.decide(OPEN)
    bench.decide(said("once"))

    assert bench.entry(said("once"), seconds=900 + GRACE_SECONDS - 1).repeated


def test_given_a_clock_that_jumped_ahead_and_back_when_a_command_comes_again_then_not_twice() -> (
    None
):
    """The jump took the log's time along and the outcome was forgotten with it."""
    bench = Bench()
    bench.decide(OPEN)
    bench.decide(said("once"))
    bench.decide(said("ahead"), seconds=900 + GRACE_SECONDS)

    entry = bench.entry(said("once"), seconds=30)

    assert (reason_of(entry), entry.events) == ("expired", ())


def test_given_a_clock_that_jumped_within_the_grace_then_new_commands_are_judged() -> None:
    bench = Bench()
    bench.decide(OPEN)
    bench.decide(said("ahead"), seconds=900 + GRACE_SECONDS - 1)

    assert reason_of(bench.entry(said("new"), seconds=30)) is None


@pytest.mark.parametrize(
    "sent",
    [said("keyed", keyed=True), command(opening(timeout_seconds=-1))],
    ids=["keyed", "refused opening"],
)
def test_keyed_calls_and_refused_openings_are_remembered_for_a_day(sent: Any) -> None:
    bench = Bench()

    entry = bench.entry(sent, seconds=7)

    assert entry.refusal is not None
    assert entry.remember_until == later(7 + KEYED_REMEMBERED_SECONDS)


def test_an_opening_is_remembered_by_its_request() -> None:
    bench = Bench()
    first = bench.entry(OPEN)

    again = bench.entry(OPEN)

    assert first.remember_until is None
    assert (again.repeated, again.refusal, again.events) == (True, None, ())


def test_given_the_same_question_under_another_command_id_then_it_is_the_same_request() -> None:
    bench = Bench()
    bench.decide(OPEN)

    again = bench.entry(command(opening(), command_id="another"))

    assert (again.repeated, again.refusal, again.events) == (True, None, ())


def test_given_another_question_under_the_same_key_then_it_is_refused() -> None:
    bench = Bench()
    bench.decide(OPEN)

    entry = bench.entry(command(opening(fingerprint="e" * 64)))

    assert (reason_of(entry), entry.repeated, entry.remember_until) == ("key_reused", False, None)
    assert bench.entry(OPEN).refusal is None


def test_what_services_report_is_not_remembered_and_a_repeat_changes_nothing() -> None:
    bench = Bench()
    bench.decide(OPEN)
    notice = RecordNotification(notice_id="n", sent=1, failed=0)
    report = command(notice, actor=NOTIFIER, valid_until=None)
    first = bench.entry(report)

    again = bench.entry(report, seconds=100)

    assert first.remember_until is None
    assert len(first.events) == 1
    assert (again.repeated, again.refusal, again.events) == (False, None, ())


def test_each_entry_names_the_one_before_it_of_its_request() -> None:
    bench = Bench()
    opened = bench.decide(OPEN).admitted
    bench.decide(command(opening(), "other"))
    refused = bench.decide(said("x" * 10, tenant="demo")).admitted
    answered = bench.decide(APPROVE).admitted

    assert opened.payload.request_previous is None
    assert refused.payload.request_previous == opened.hash
    assert answered.payload.request_previous == refused.hash


def test_given_another_tenants_command_then_the_request_and_its_chain_are_untouched() -> None:
    bench = Bench()
    opened = bench.decide(OPEN).admitted
    stranger = type(AGENT)(
        kind=AGENT.kind, id="agent", tenant="other", auth="api_key", channel="api"
    )

    applied = bench.decide(command(Comment(text="mine?"), actor=stranger))

    assert reason_of(applied.admitted.payload) == "unknown"
    assert applied.admitted.payload.request_previous is None
    assert applied.request is None
    assert bench.entry(APPROVE).request_previous == opened.hash


def test_given_a_late_answer_then_one_entry_holds_the_timeout_and_the_refusal() -> None:
    bench = Bench()
    bench.decide(command(opening(timeout_seconds=60)))

    applied = bench.decide(APPROVE, seconds=60)

    assert [type(step.event).__name__ for step in applied.steps][:1] == ["TimedOut"]
    assert all(step.by_policy for step in applied.steps)
    assert reason_of(applied.admitted.payload) == "late"
