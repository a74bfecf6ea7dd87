"""Asking and waiting: opened once, whatever breaks, and answered with a typed outcome."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from handraise import (
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    TimedOut,
)
from handraise.errors import (
    AlreadyDecided,
    Invalid,
    NotAllowed,
    NotFound,
    StillOpen,
    Unavailable,
    UnexpectedReply,
    Unreachable,
)

from tests.unit.sdk.service import (
    Clock,
    Script,
    closed,
    closed_request,
    hand_over,
    opened,
    problem,
    still_open,
    sync_hand_over,
)

QUESTION = {"title": "Deploy 1.4?", "context": {"diff": "+1"}}


def keys(script: Script) -> list[str | None]:
    return [request.headers.get("idempotency-key") for request in script.asked]


async def test_a_question_is_opened_and_its_answer_comes_back() -> None:
    script = Script([opened(), closed()])
    match await hand_over(script).ask(**QUESTION):
        case Answered("approve", comment, responder_id=who, responded_at=when):
            assert (comment, who) == ("LGTM", "user-1")
            assert when == datetime(2025, 1, 15, 11, tzinfo=UTC)
        case other:
            pytest.fail(f"{other}")
    assert [request.url.path for request in script.asked] == [
        "/api/v1/requests",
        "/api/v1/requests/req-1/wait",
    ]


def test_the_sync_client_does_the_same() -> None:
    script = Script([httpx.ConnectError("refused"), opened(), still_open(), closed()])
    assert isinstance(sync_hand_over(script).ask(**QUESTION), Answered)
    assert keys(script)[0] == keys(script)[1]


async def test_the_body_is_the_one_that_the_api_documents() -> None:
    script = Script([opened()])
    await hand_over(script).request(
        title="Deploy?",
        kind="code_review",
        timeout=timedelta(hours=1),
        agent_id="bot",
        metadata={"team": "core"},
        routing={"channels": ["email"], "recipients": [{"email": "a@example.com"}]},
        callback_webhook="https://agent.example.com/resume",
        workflow_id="wf-1",
        checkpoint_id="cp-1",
        idempotency_key="k-1",
    )
    [sent] = script.asked
    assert sent.headers["authorization"] == "Bearer hr_abc_def"
    assert sent.headers["idempotency-key"] == "k-1"
    assert httpx.Response(200, content=sent.content).json() == {
        "title": "Deploy?",
        "type": "code_review",
        "timeout_minutes": 60,
        "metadata": {"team": "core", "agent_id": "bot"},
        "routing": {"channels": ["email"], "recipients": [{"email": "a@example.com"}]},
        "callback_webhook": "https://agent.example.com/resume",
        "workflow_id": "wf-1",
        "checkpoint_id": "cp-1",
    }


async def test_each_call_has_a_key_of_its_own_and_keeps_it_on_every_retry() -> None:
    script = Script(
        [
            httpx.ReadTimeout("slow"),
            httpx.Response(503, headers={"retry-after": "3"}),
            httpx.Response(202, headers={"location": "/api/v1/requests/req-1"}),
            opened(),
            opened(),
        ]
    )
    hand = hand_over(script)
    await hand.request(**QUESTION)
    await hand.request(**QUESTION)
    first = keys(script)[:4]
    assert first[0]
    assert len(set(first)) == 1
    assert keys(script)[4] not in (*first, None)


async def test_a_retry_waits_at_least_as_long_as_the_service_asked() -> None:
    clock = Clock()
    script = Script([httpx.Response(503, headers={"retry-after": "7"}), opened()])
    await hand_over(script, clock).request(**QUESTION)
    assert clock.slept[0] >= 7


async def test_a_wait_outlives_restarts_of_the_service_and_opens_nothing_again() -> None:
    restarts = [httpx.ConnectError("refused"), httpx.Response(503), httpx.ReadError("cut")]
    script = Script([opened(), still_open(), *restarts * 3, still_open(), closed()])
    assert isinstance(await hand_over(script).ask(**QUESTION), Answered)
    assert [request.method for request in script.asked].count("POST") == 1


async def test_a_request_that_the_view_does_not_show_yet_is_waited_for() -> None:
    script = Script([opened(), problem(404, "unknown"), problem(404, "unknown"), closed()])
    assert isinstance(await hand_over(script).ask(**QUESTION), Answered)


async def test_waiting_for_a_request_that_does_not_exist_fails_at_once() -> None:
    script = Script([problem(404, "unknown")])
    with pytest.raises(NotFound):
        await hand_over(script).wait("nobody")


async def test_patience_ends() -> None:
    clock = Clock()
    script = Script([httpx.ConnectError("refused") for _ in range(99)])
    with pytest.raises(Unreachable) as caught:
        await hand_over(script, clock, patience_seconds=20).request(**QUESTION)
    assert caught.value.retriable
    assert clock.seconds <= 20
    assert len(script.asked) > 3


async def test_an_outage_longer_than_allowed_ends_a_wait() -> None:
    script = Script([still_open(), *[httpx.Response(503) for _ in range(99)]])
    with pytest.raises(Unavailable):
        await hand_over(script, outage_seconds=60).wait("req-1")


async def test_a_refusal_is_not_tried_again() -> None:
    script = Script([problem(422, "invalid", errors=[{"field": "title"}])])
    with pytest.raises(Invalid) as caught:
        await hand_over(script).request(**QUESTION)
    assert caught.value.errors == [{"field": "title"}]
    assert not caught.value.retriable
    assert len(script.asked) == 1


async def test_a_late_answer_learns_who_won_and_where_the_request_stands() -> None:
    winner = {"kind": "person", "id": "user-2"}
    refusal = problem(409, "already_decided", current_state="responded", winner=winner)
    with pytest.raises(AlreadyDecided) as caught:
        await hand_over(Script([refusal])).respond("req-1", decision="approve")
    assert caught.value.winner == winner
    assert caught.value.current_state == "responded"


async def test_another_ones_credential_is_not_allowed() -> None:
    with pytest.raises(NotAllowed):
        await hand_over(Script([problem(403, "not_allowed")])).claim("req-1")


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("answered", Answered),
        ("could_not_complete", CouldNotComplete),
        ("timed_out", TimedOut),
        ("cancelled", Cancelled),
    ],
)
async def test_every_end_has_its_type(outcome: str, kind: type) -> None:
    assert isinstance(await hand_over(Script([closed(outcome)])).wait("req-1"), kind)


async def test_a_policys_answer_comes_with_the_time_out() -> None:
    said = {"decision": "reject", "responder_id": None, "default": True}
    outcome = await hand_over(Script([closed("timed_out", response=said)])).wait("req-1")
    match outcome:
        case TimedOut(response) if response is not None:
            assert (response.decision, response.default) == ("reject", True)
        case other:
            pytest.fail(f"{other}")


async def test_a_call_for_changes_comes_back_though_the_request_stays_open() -> None:
    said = {"decision": "request_changes", "comment": "smaller, please"}
    revising = httpx.Response(
        200,
        json={
            "id": "req-1",
            "state": "revising",
            "outcome": None,
            "response": said,
            "timeout_at": "2025-01-16T00:00:00Z",
            "done": True,
        },
    )
    match await hand_over(Script([revising])).wait("req-1", after_version=3):
        case ChangesRequested(comment, revise_by=by):
            assert comment == "smaller, please"
            assert by == datetime(2025, 1, 16, tzinfo=UTC)
        case other:
            pytest.fail(f"{other}")


async def test_a_wait_with_an_end_says_that_the_request_is_still_open() -> None:
    clock = Clock()
    script = Script([still_open() for _ in range(30)])
    with pytest.raises(StillOpen):
        await hand_over(script, clock).wait("req-1", at_most=timedelta(seconds=10))
    assert clock.seconds <= 12


async def test_a_service_that_answers_at_once_is_not_hammered() -> None:
    clock = Clock()
    await hand_over(Script([*[still_open()] * 5, closed()]), clock).wait("req-1")
    assert len(clock.slept) == 5
    assert min(clock.slept) >= 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>It works!</html>"),
        httpx.Response(200, json=["a"]),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(302, headers={"location": "https://elsewhere.example.com"}),
        httpx.Response(404, text="no such page"),
        httpx.Response(201, content=b"[" * 100_000),
    ],
    ids=["html", "array", "object", "redirect", "page", "bomb"],
)
async def test_what_is_not_handraise_is_told_from_a_refusal(answer: httpx.Response) -> None:
    with pytest.raises(UnexpectedReply):
        await hand_over(Script([answer])).get("req-1")


async def test_a_field_that_a_newer_service_adds_is_passed_over() -> None:
    answer = httpx.Response(200, json={**closed_request(), "mood": "sunny"})
    assert (await hand_over(Script([answer])).get("req-1")).is_closed
