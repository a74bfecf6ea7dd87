"""Spans leave a process as OTLP, whole and in order, and a collector that is away stops nothing."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
from opentelemetry.trace import SpanKind

from kernel.tracing.batches import batch_span
from kernel.tracing.collector import tracing
from kernel.tracing.spans import begun, enabled, link, span
from kernel.tracing.trace_context import current, formatted
from tests.support.collector import collector
from tests.support.eventually import eventually
from tests.support.processes import free_port_base

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
Trace = Callable[[str], None]


@pytest.fixture
def exporting(monkeypatch: pytest.MonkeyPatch) -> Trace:
    def to(url: str) -> None:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")

    return to


@contextmanager
def failing() -> Generator[None]:
    with pytest.raises(ValueError, match="secret"):
        yield


async def test_spans_arrive_as_they_were_made(exporting: Trace) -> None:
    async with collector() as collecting:
        exporting(collecting.url)
        with tracing("test"):
            assert enabled()
            with span("serve", parent=CALLER, kind=SpanKind.SERVER, attributes={"n": 1}):
                given = begun("decide", parent=current(), span_id=7)
                given.end()
                link(OTHER)
            with failing(), span("fail"):
                raise ValueError("a secret of the caller's")
            with batch_span("process", [None, OTHER, CALLER, OTHER]):
                pass
            with batch_span("process nothing traced", [None]):
                pass

            async def arrived() -> bool:
                return len(collecting.spans) == 4

            await eventually(arrived)
        assert not enabled()
    spans = {one.name: one for one in collecting.spans}
    served = spans["serve"]
    assert (served.service, served.parent, served.attributes) == (
        "handraise-test",
        CALLER.split("-")[2],
        {"n": 1},
    )
    assert served.links == (OTHER.split("-")[1],)
    assert (spans["decide"].parent, spans["decide"].id) == (served.id, f"{7:016x}")
    assert formatted(given.get_span_context()) == f"00-{served.trace}-{7:016x}-01"
    assert spans["fail"].failed
    assert spans["fail"].attributes == {"error.type": "ValueError"}
    assert set(spans["process"].links) == {OTHER.split("-")[1], CALLER.split("-")[1]}
    assert b"secret of the caller" not in b"".join(collecting.raw)


async def test_the_last_spans_are_sent_at_the_end(exporting: Trace) -> None:
    async with collector() as collecting:
        exporting(collecting.url)
        with tracing("test"), span("last"):
            pass

        async def arrived() -> bool:
            return [one.name for one in collecting.spans] == ["last"]

        await eventually(arrived)


async def test_a_collector_that_is_away_holds_nothing_up(
    exporting: Trace, capsys: pytest.CaptureFixture[str]
) -> None:
    exporting(f"http://127.0.0.1:{free_port_base()}")
    with tracing("test"):
        for _ in range(3):
            with span("lost"):
                pass

        async def said() -> bool:
            return "spans can't be exported" in capsys.readouterr().out

        await eventually(said)
