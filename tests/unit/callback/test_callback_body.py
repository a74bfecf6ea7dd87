"""What a callback says."""

import json
from datetime import timedelta
from typing import Any

import pytest
import rfc8785

from event_schemas.types import (
    Attachment,
    Callback,
    Cancelled,
    ChangesRequested,
    Commented,
    DeadlineAction,
    Envelope,
    Means,
    Outcome,
    State,
    TimedOut,
)
from kernel.outbound.delivery import Standing
from services.callback_svc.body import body_for
from services.callback_svc.plan import callback_for
from tests.unit.outbound.envelopes import (
    ANSWERED,
    OPENED,
    SECRET_REF,
    envelope,
    received,
    response,
)

URL = "https://agent-system.example/resume"
WANTED = Callback(url=URL, secret_ref=SECRET_REF)


def said(event: Envelope) -> Any:
    delivery = callback_for(event)
    assert delivery is not None
    return json.loads(delivery.payload)


def test_an_answer_is_told_as_the_seed_shows() -> None:
    body = said(received(URL, request_id="req-1"))
    assert body["event"] == "request.responded"
    assert body["request_id"] == "req-1"
    assert body["metadata"] == {
        "agent_id": "code-review-agent",
        "ticket": 42,
        "workflow_id": "wf-abc123",
        "checkpoint_id": "cp-xyz789",
    }
    assert body["response"]["decision"] == "approve"
    assert body["response"]["comment"] == "LGTM"
    assert body["response"]["responder_id"] == "user-456"
    assert body["response"]["responded_at"] == "2030-01-15T11:00:00Z"
    assert body["response"]["default"] is False
    assert body["outcome"] == "answered"


def test_the_ids_that_lead_back_win_over_metadata_of_the_same_name() -> None:
    given = '{"workflow_id": "mine", "checkpoint_id": "mine", "agent_id": "mine", "x": [1]}'
    body = said(received(URL, metadata=given))
    assert body["metadata"] == {
        "workflow_id": "wf-abc123",
        "checkpoint_id": "cp-xyz789",
        "agent_id": "code-review-agent",
        "x": [1],
    }


def test_where_there_is_no_such_id_the_askers_own_word_stays() -> None:
    body = said(received(URL, metadata='{"workflow_id": "mine"}', workflow_id=None))
    assert body["metadata"]["workflow_id"] == "mine"


def test_form_edit_and_files_come_with_the_answer() -> None:
    file = Attachment(
        id="a1", name="x.txt", sha256="ee" * 32, size_bytes=3, media_type="text/plain"
    )
    answer = response(
        data='{"amount": 240}',
        edited='{"text": "new"}',
        patch='[{"op": "replace", "path": "/text", "value": "new"}]',
        attachments=(file,),
    )
    told = said(received(URL, answer=answer))["response"]
    assert told["data"] == {"amount": 240}
    assert told["edited"] == {"text": "new"}
    assert told["patch"] == [{"op": "replace", "path": "/text", "value": "new"}]
    assert told["attachments"] == [
        {"id": "a1", "name": "x.txt", "sha256": "ee" * 32, "size": 3, "type": "text/plain"}
    ]


def test_changes_asked_for_name_the_time_left() -> None:
    event = ChangesRequested(
        response=response(decision="request_changes", means=Means.CHANGES, comment="Split it"),
        deadline=OPENED + timedelta(hours=5),
        revisions_left=2,
    )
    body = said(envelope(event, callback=WANTED, state=State.REVISING))
    assert body["event"] == "request.changes_requested"
    assert body["outcome"] is None
    assert body["response"]["comment"] == "Split it"
    assert (body["revise_by"], body["revisions_left"]) == ("2030-01-15T15:30:00Z", 2)


def test_a_deadline_without_a_response_says_null() -> None:
    event = TimedOut(action=DeadlineAction.FAIL, deadline=OPENED)
    body = said(envelope(event, callback=WANTED, outcome=Outcome.TIMED_OUT))
    assert (body["event"], body["response"]) == ("request.timed_out", None)
    assert body["outcome"] == "timed_out"


def test_a_default_answer_names_nobody() -> None:
    default = response(responder_id=None, default=True, decision="reject", means=Means.REJECT)
    event = TimedOut(action=DeadlineAction.REJECT, deadline=OPENED, response=default)
    body = said(envelope(event, callback=WANTED, outcome=Outcome.TIMED_OUT))
    assert body["response"]["responder_id"] is None
    assert body["response"]["default"] is True
    assert body["response"]["decision"] == "reject"


def test_a_cancellation_says_why() -> None:
    event = Cancelled(reason="fixed meanwhile")
    body = said(envelope(event, callback=WANTED, outcome=Outcome.CANCELLED))
    assert body["event"] == "request.cancelled"
    assert (body["response"], body["reason"]) == (None, "fixed meanwhile")


def test_the_bytes_are_canonical_and_never_differ() -> None:
    event = received(URL, metadata='{"z": 1, "a": "\\u00fc", "b": 1.50}', event_id="e1")
    first, second = callback_for(event), callback_for(event)
    assert first is not None
    assert first == second
    assert first.payload == rfc8785.dumps(json.loads(first.payload))


def test_the_delivery_is_known_by_its_event() -> None:
    event = received(URL, event_id="e1")
    delivery = callback_for(event)
    assert delivery is not None
    assert (delivery.event_id, delivery.target, delivery.secret_ref) == ("e1", URL, SECRET_REF)
    assert delivery.standing is Standing.PENDING
    assert delivery.lane == "acme https://agent-system.example:443"
    assert delivery.id != callback_for(received(URL, event_id="e2")).id  # type: ignore[union-attr]


def test_without_a_callback_there_is_nothing_to_do() -> None:
    assert callback_for(received(None)) is None


def test_other_events_call_nobody() -> None:
    assert callback_for(envelope(Commented(text="hm"), callback=WANTED)) is None


@pytest.mark.parametrize("url", ["ftp://x.example/", "https://user@x.example/", ""])
def test_a_target_that_can_never_be_reached_is_failed_and_visible(url: str) -> None:
    delivery = callback_for(received(url))
    assert delivery is not None
    assert delivery.standing is Standing.FAILED
    assert "URL" in (delivery.error or "")


@pytest.mark.parametrize("metadata", ["{", '{"n": NaN}', "[" * 2000])
def test_what_is_no_json_is_failed_and_visible(metadata: str) -> None:
    delivery = callback_for(received(URL, metadata=metadata))
    assert delivery is not None
    assert delivery.standing is Standing.FAILED
    assert "JSON" in (delivery.error or "")


def test_numbers_are_written_as_rfc_8785_wants_them() -> None:
    delivery = callback_for(received(URL, metadata='{"a": 1.50, "b": 1e21, "c": -0.0}'))
    assert delivery is not None
    assert b'"a":1.5,' in delivery.payload
    assert b'"b":1e+21,' in delivery.payload
    assert b'"c":0,' in delivery.payload


def test_times_are_told_in_utc_with_z() -> None:
    body = json.loads(body_for(received(URL), received(URL).data))  # type: ignore[arg-type]
    assert body["timestamp"] == ANSWERED.isoformat().replace("+00:00", "Z")
