"""The clients: what they send for each verb, and that async and sync are the same."""

import inspect
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import handraise
import httpx
import pytest
from handraise import Handraise, HandraiseSync
from handraise.errors import HandraiseError, Invalid, NotConfigured, Refused, TooManyRequests
from handraise.problems import error_for, retry_after_seconds
from handraise.question import Question, body_of, seconds

from tests.unit.sdk.service import Script, closed_request, hand_over, problem

Verb = Callable[[Handraise], Awaitable[Any]]


def done() -> httpx.Response:
    return httpx.Response(200, json=closed_request())


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        (
            lambda hand: hand.respond("r", decision="approve", comment="ok", revision=2),
            "POST /api/v1/requests/r/respond",
            {"decision": "approve", "comment": "ok", "revision": 2},
        ),
        (lambda hand: hand.claim("r"), "POST /api/v1/requests/r/claim", None),
        (lambda hand: hand.comment("r", "hm"), "POST /api/v1/requests/r/comment", {"text": "hm"}),
        (
            lambda hand: hand.extend("r", timedelta(hours=2)),
            "POST /api/v1/requests/r/extend",
            {"minutes": 120},
        ),
        (lambda hand: hand.extend("r", 0.5), "POST /api/v1/requests/r/extend", {"minutes": 1}),
        (
            lambda hand: hand.extend("r", datetime(2026, 1, 1, tzinfo=UTC)),
            "POST /api/v1/requests/r/extend",
            {"timeout_at": "2026-01-01T00:00:00+00:00"},
        ),
        (
            lambda hand: hand.revise("r", title="Better", note="as asked", idempotency_key="k"),
            "POST /api/v1/requests/r/revise",
            {"title": "Better", "note": "as asked"},
        ),
        (
            lambda hand: hand.cancel("r", "moot"),
            "POST /api/v1/requests/r/cancel",
            {"reason": "moot"},
        ),
        (lambda hand: hand.cancel("r"), "POST /api/v1/requests/r/cancel", {}),
        (lambda hand: hand.start("r"), "POST /api/v1/requests/r/start", None),
        (lambda hand: hand.release("r"), "POST /api/v1/requests/r/release", None),
        (
            lambda hand: hand.assign("r", "ann-id"),
            "POST /api/v1/requests/r/assign",
            {"assignee": {"person": "ann-id"}},
        ),
        (
            lambda hand: hand.assign("r", "team:ops", "theirs"),
            "POST /api/v1/requests/r/assign",
            {"assignee": {"team": "ops"}, "reason": "theirs"},
        ),
        (
            lambda hand: hand.escalate("r", "stuck"),
            "POST /api/v1/requests/r/escalate",
            {"reason": "stuck"},
        ),
        (lambda hand: hand.get("a/b?c"), "GET /api/v1/requests/a%2Fb%3Fc", None),
        (
            lambda hand: hand.get("r", min_version=3),
            "GET /api/v1/requests/r?min_version=3",
            None,
        ),
    ],
)
async def test_each_verb_is_one_call(verb: Verb, path: str, body: Any) -> None:
    script = Script([done()])
    await verb(hand_over(script))
    [sent] = script.asked
    assert f"{sent.method} {sent.url.raw_path.decode()}" == path
    assert (json.loads(sent.content) if sent.content else None) == body
    assert ("idempotency-key" in sent.headers) == (sent.method == "POST")


async def test_a_file_goes_out_as_it_is_and_comes_back_as_what_it_is_called_by() -> None:
    kept = {"id": "a", "name": "shot.png", "sha256": "0" * 64, "size": 3, "type": "image/png"}
    script = Script([httpx.Response(201, json=kept)])
    file = await hand_over(script).attach(b"PNG", name="shot.png", media_type="image/png")
    [sent] = script.asked
    assert f"{sent.method} {sent.url.path}" == "POST /api/v1/attachments"
    assert (sent.content, sent.url.params["name"]) == (b"PNG", "shot.png")
    assert sent.headers["content-type"] == "image/png"
    assert (file.id, file.type, file.size) == ("a", "image/png", 3)


async def test_a_key_that_acts_for_somebody_says_so_in_each_call_and_only_there() -> None:
    script = Script([done(), done()])
    hand = hand_over(script)
    async with hand.acting_for("ann-id") as ann:
        await ann.claim("r")
    await hand.claim("r")
    for_ann, own = script.asked
    assert for_ann.headers["handraise-act-for"] == "ann-id"
    assert "handraise-act-for" not in own.headers


async def test_a_list_is_a_page_with_a_way_to_the_next() -> None:
    page = {"items": [closed_request()], "next_cursor": "c2", "counts": {"open": 1}}
    script = Script([httpx.Response(200, json=page)])
    found = await hand_over(script).list(
        state=["pending", "notified"], open=True, limit=10, facets={"team": "core"}
    )
    assert script.asked[0].url.params.multi_items() == [
        ("state", "pending"),
        ("state", "notified"),
        ("open", "true"),
        ("limit", "10"),
        ("facet.team", "core"),
    ]
    assert found.next_cursor == "c2"
    assert [item.id for item in found.items] == ["req-1"]


async def test_a_history_is_what_happened_in_order() -> None:
    entries = [
        {"at": "2025-01-15T10:30:00Z", "event": "Requested", "version": 1},
        {"at": "2025-01-15T11:00:00Z", "event": "Received", "version": 2, "actor": {"id": "u"}},
    ]
    script = Script([httpx.Response(200, json={"items": entries})])
    history = await hand_over(script).history("r")
    assert [entry.event for entry in history] == ["Requested", "Received"]


def test_both_clients_have_the_same_methods_with_the_same_parameters() -> None:
    def methods(client: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(member).parameters)
            for name, member in inspect.getmembers(client, inspect.isroutine)
            if not name.startswith("_")
        }

    assert methods(Handraise) == methods(HandraiseSync)


def test_the_public_names_are_these_and_no_others() -> None:
    assert sorted(handraise.__all__) == [
        "Agent",
        "Answered",
        "ApprovalPending",
        "ApprovalRefused",
        "Cancelled",
        "ChangesRequested",
        "CouldNotComplete",
        "Event",
        "EventBus",
        "Failed",
        "Finished",
        "Handraise",
        "HandraiseError",
        "HandraiseSync",
        "NextEvent",
        "Outcome",
        "Paused",
        "Receiver",
        "Request",
        "Retries",
        "Supervisor",
        "TimedOut",
        "answer_in",
        "approval_scope",
        "open_store",
        "requires_approval",
    ]
    for name in handraise.__all__:
        assert getattr(handraise, name)


def test_the_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAISE_URL", "http://127.0.0.1:7400/")
    monkeypatch.setenv("HANDRAISE_API_KEY", "hr_a_b\n")
    assert isinstance(HandraiseSync.from_env(), HandraiseSync)
    monkeypatch.delenv("HANDRAISE_API_KEY")
    with pytest.raises(NotConfigured, match="HANDRAISE_API_KEY"):
        HandraiseSync.from_env()


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("ftp://host", "k"),
        ("127.0.0.1:7400", "k"),
        ("http://", "k"),
        ("http://host", ""),
        ("http://host", "a b"),
        ("http://host", "ä"),
        ("http://host", "a\r\nX: y"),
    ],
)
def test_an_address_or_key_that_can_not_work_is_refused_at_once(url: str, key: str) -> None:
    with pytest.raises(NotConfigured):
        HandraiseSync(url, key)


@pytest.mark.parametrize("span", [0, -1, float("nan"), float("inf"), timedelta(0)])
def test_a_deadline_lies_in_the_future(span: timedelta | float) -> None:
    with pytest.raises(ValueError, match="future"):
        seconds(span)


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (timedelta(days=1), {"timeout_minutes": 1440}),
        (30, {"timeout_minutes": 30}),
        (timedelta(seconds=90), {"timeout_seconds": 90}),
        (0.5, {"timeout_seconds": 30}),
        (timedelta(milliseconds=1), {"timeout_seconds": 1}),
    ],
)
def test_a_deadline_is_whole_minutes_or_else_seconds(
    span: timedelta | float, written: dict[str, int]
) -> None:
    assert body_of(Question(title="T", timeout=span)) == {"title": "T", **written}


async def test_a_question_needs_a_title() -> None:
    with pytest.raises(ValueError, match="title"):
        await hand_over(Script([])).request(title=" ")


async def test_a_deadline_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        await hand_over(Script([])).extend("r", datetime(2026, 1, 1))  # noqa: DTZ001


async def test_what_json_can_not_hold_never_leaves() -> None:
    script = Script([])
    with pytest.raises(ValueError, match="JSON compliant"):
        await hand_over(script).request(title="T", context={"x": float("nan")})


def test_every_error_class_stands_in_the_tree_of_its_module() -> None:
    def below(kind: type[HandraiseError]) -> set[type[HandraiseError]]:
        return {kind, *(deep for child in kind.__subclasses__() for deep in below(child))}

    classes = {kind for kind in below(HandraiseError) if kind.__module__.startswith("handraise.")}
    classes -= {HandraiseError}
    modules = {inspect.getmodule(kind) for kind in classes}
    drawn = {
        name: retriable == "yes"
        for module in modules
        for name, retriable in re.findall(r"── (\w+) +(yes|no)?", inspect.getdoc(module) or "")
    }
    assert {kind.__name__: kind.retriable for kind in classes} == drawn


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503]
)
def test_every_status_has_an_error_that_carries_the_problem(status: int) -> None:
    error = error_for(status, {"title": "No", "detail": "because", "code": "x"}, None)
    assert isinstance(error, Refused)
    assert (error.status, error.code, str(error)) == (status, "x", "No: because")


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2025, 1, 15, 10, tzinfo=UTC)
    assert retry_after_seconds("120", now) == 120
    assert retry_after_seconds("Wed, 15 Jan 2025 10:00:30 GMT", now) == 30
    assert retry_after_seconds("Wed, 15 Jan 2025 09:00:00 GMT", now) == 0
    assert retry_after_seconds("soon", now) is None
    assert retry_after_seconds("²", now) is None
    assert retry_after_seconds(None, now) is None


async def test_a_limit_that_no_waiting_lifts_is_a_refusal() -> None:
    script = Script([problem(429, "limit_reached")])
    with pytest.raises(Invalid):
        await hand_over(script).comment("r", "one more")


async def test_a_throttled_call_is_repeated() -> None:
    throttled = problem(429, "too_many_requests")
    assert TooManyRequests.retriable
    script = Script([throttled, done()])
    assert (await hand_over(script).get("r")).is_closed


def test_the_sdk_imports_nothing_of_the_platform_and_no_driver_by_itself() -> None:
    banned = re.compile(
        r"^\s*(from|import) (event_schemas|task_kinds|kernel|services|projections|api|deploy)\b"
    )
    package = Path(handraise.__file__).parent
    lines = [
        (path.name, line)
        for path in package.rglob("*.py")
        for line in path.read_text().splitlines()
        if banned.match(line)
    ]
    assert lines == []
