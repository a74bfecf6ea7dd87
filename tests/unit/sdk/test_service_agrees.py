"""The SDK and the service, which share no code, mean the same by a callback and its signatures."""

import json
from typing import Any

import pytest
from handraise import outcomes
from handraise.answers import request_from_callback
from handraise.outcomes import outcome_of
from handraise.webhooks import verify

from event_schemas.types import (
    Cancelled,
    ChangesRequested,
    DeadlineAction,
    Envelope,
    Outcome,
    State,
    TimedOut,
)
from kernel.outbound.signing import signed_headers
from services.callback_svc.body import CallsBack, body_for
from tests.unit.outbound.envelopes import ANSWERED, envelope, received

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
OLD_SECRET = "an older secret, as plain text"


def outcome_told(event: CallsBack, sent: Envelope) -> outcomes.Outcome:
    return outcome_of(request_from_callback(json.loads(body_for(sent, event))))


def test_an_answer_is_understood() -> None:
    sent = received("http://agent/resume")
    said: Any = outcome_told(sent.data, sent)
    assert isinstance(said, outcomes.Answered)
    assert said.decision == sent.data.response.decision
    assert said.responder_id == sent.data.response.responder_id
    assert said.responded_at == sent.data.response.responded_at
    assert said.request.id == sent.metadata.request_id


def test_a_deadline_and_a_withdrawal_are_understood() -> None:
    late = TimedOut(action=DeadlineAction.FAIL, deadline=ANSWERED)
    ended = outcome_told(late, envelope(late, outcome=Outcome.TIMED_OUT))
    assert isinstance(ended, outcomes.TimedOut)
    gone = Cancelled(reason="moot")
    match outcome_told(gone, envelope(gone, outcome=Outcome.CANCELLED)):
        case outcomes.Cancelled(reason):
            assert reason == "moot"
        case other:
            pytest.fail(f"{other}")


def test_a_call_for_changes_is_understood() -> None:
    said = received("http://agent/resume").data.response
    wanted = ChangesRequested(response=said, deadline=ANSWERED, revisions_left=2)
    match outcome_told(wanted, envelope(wanted, outcome=None, state=State.REVISING)):
        case outcomes.ChangesRequested(comment, revise_by=by):
            assert (comment, by) == (said.comment, ANSWERED)
        case other:
            pytest.fail(f"{other}")


@pytest.mark.parametrize("known", [[SECRET], [OLD_SECRET], [OLD_SECRET, SECRET]])
def test_while_a_secret_rotates_a_receiver_that_knows_either_lets_it_in(known: list[str]) -> None:
    body = b'{"event":"request.responded"}'
    headers = signed_headers(
        [SECRET, OLD_SECRET], webhook_id="evt-1", timestamp=1_700_000_000, body=body
    )
    assert verify(headers, body, known, now=1_700_000_000) == "evt-1"
