"""Where work stands in a trace: read strictly, carried by tasks and records, bounded in batches."""

import asyncio
import json

import pytest
import structlog
from opentelemetry.trace import INVALID_SPAN

from kernel.telemetry import configure_logging, logger
from kernel.tracing.batches import LINKS_MAX, cause_of, caused_by, linked
from kernel.tracing.collector import is_wanted
from kernel.tracing.spans import begun, enabled, span
from kernel.tracing.subject import about, subject
from kernel.tracing.trace_context import (
    continued,
    current,
    formatted,
    headers_for,
    http_headers,
    parsed,
    traceparent_in,
    with_span,
)

TRACE = "0af7651916cd43dd8448eb211c80319c"
PLACE = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.mark.parametrize("text", [PLACE, PLACE[:-2] + "00", PLACE[:-2] + "03"])
def test_a_place_in_a_trace_reads_and_writes_the_same(text: str) -> None:
    place = parsed(text)
    assert place is not None
    assert formatted(place) == text


def test_of_a_later_version_the_known_parts_count() -> None:
    place = parsed(f"cc-{TRACE}-b7ad6b7169203331-01-what-the-future-brings")
    assert place is not None
    assert formatted(place) == PLACE


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "00",
        PLACE.upper(),
        PLACE + "-more",
        PLACE + "\n",
        " " + PLACE,
        "ff" + PLACE[2:],
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-b7ad6b7169203331-01",
    ],
)
def test_what_names_no_place_is_none(text: str | None) -> None:
    assert parsed(text) is None
    with continued(text):
        assert current() is None


async def test_a_task_carries_its_place_to_those_that_it_starts() -> None:
    async def place() -> str | None:
        return current()

    with continued(PLACE):
        started = asyncio.create_task(place())
        assert http_headers() == {"traceparent": PLACE}
    assert await started == PLACE
    assert (current(), http_headers()) == (None, {})


def test_a_record_carries_what_its_headers_say() -> None:
    assert headers_for(None) is None
    assert traceparent_in(headers_for(PLACE) or ()) == PLACE
    assert traceparent_in([("other", b"x"), ("traceparent", b"\xff")]) is None


def test_another_span_stands_in_the_same_trace_with_the_same_flags() -> None:
    assert with_span(PLACE, 1) == f"00-{TRACE}-0000000000000001-01"


def test_a_batch_is_linked_to_each_trace_once_and_to_a_bounded_number() -> None:
    many = [f"00-{n:032x}-{m:016x}-01" for n in range(1, 99) for m in (1, 2)]
    found = linked([None, *many])
    assert len(found) == LINKS_MAX
    assert found[:2] == [many[0], many[2]]
    assert linked([PLACE, PLACE, None]) == [PLACE]


async def test_what_caused_an_event_is_known_while_it_is_handled() -> None:
    with caused_by({"e-1": PLACE}):
        assert await asyncio.gather(asyncio.to_thread(cause_of, "e-1")) == [PLACE]
        assert cause_of("e-2") is None
    assert cause_of("e-1") is None


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
    ],
)
def test_spans_are_sent_where_a_collector_is_named(
    variables: dict[str, str], wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_wanted() is wanted


def test_without_a_collector_a_place_is_passed_on_and_nothing_is_made() -> None:
    assert not enabled()
    with span("work", parent=PLACE) as made:
        assert current() == PLACE
        assert not made.is_recording()
    with span("work"):
        assert current() is None
    assert begun("work") is INVALID_SPAN


def test_a_log_line_says_what_it_is_about_and_where_it_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    try:
        configure_logging("there")
        with continued(PLACE), subject(request_id="r-1", tenant=None):
            about(correlation_id="c-1")
            logger().info("inside")
        logger().info("outside")
    finally:
        structlog.configure(**before)
        structlog.contextvars.clear_contextvars()
    inside, outside = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert {name: inside[name] for name in ("request_id", "correlation_id", "trace_id")} == {
        "request_id": "r-1",
        "correlation_id": "c-1",
        "trace_id": TRACE,
    }
    assert inside["span_id"] == "b7ad6b7169203331"
    assert "tenant" not in inside
    assert outside.keys() & {"request_id", "correlation_id", "trace_id", "span_id"} == set()
