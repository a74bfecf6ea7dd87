"""What tracing costs each event, call and log line, with and without a collector.

Run it as `python -m bench.tracing`; the collector is one that takes all and looks at nothing.
"""

import http.server
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from api.call_spans import Traced
from kernel.tracing.batches import caused_by, polled
from kernel.tracing.collector import tracing
from kernel.tracing.trace_context import headers_for, traceparent_in
from services.request_svc.decision_spans import decided_at, placed
from services.request_svc.relaying.outputs import Source, outputs_of
from tests.unit.log.benches import Bench, command, later, opening

PLACE = f"00-{'a' * 32}-{'1' * 16}-01"
BATCH = 500
ROUNDS = 5


class _Record:
    topic = "human.input.requested"

    def __init__(self, traceparent: str | None) -> None:
        self.headers = headers_for(traceparent) or ()


class _Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Takes a batch."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's own name)
        """Says nothing."""


def best_ns(work: Callable[[], object], times: int) -> float:
    """CPU nanoseconds of this process for one go, the exporter's thread included; the best."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        for _ in range(times):
            work()
        best = min(best, (time.process_time_ns() - began) / times)
    return best


def decision(traceparent: str | None) -> Callable[[], object]:
    """One decision shown, and its outputs placed."""
    applied = Bench().decide(command(opening(), traceparent=traceparent))
    source, now = Source(5, "1.2.3"), later(1)
    outputs = outputs_of(applied, source)
    return lambda: placed(outputs, decided_at(applied, source, now, shown=True))


def batch(traceparent: str | None) -> Callable[[], object]:
    """A batch of public events handled."""
    records: list[Any] = [_Record(traceparent) for _ in range(BATCH)]

    def handle() -> None:
        carried = {str(n): traceparent_in(one.headers) for n, one in enumerate(records)}
        causes = {event: cause for event, cause in carried.items() if cause is not None}
        with caused_by(causes), polled("group", records):
            pass

    return handle


def call(traceparent: str | None) -> Callable[[], object]:
    """A call through the front door's layer."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def nothing(*_: Any) -> Any:
        return None

    layer = Traced(app)
    headers = [(name.encode(), value) for name, value in headers_for(traceparent) or ()]
    others = [(b"accept", b"*/*")] * 5

    def serve() -> None:
        scope = {"type": "http", "method": "GET", "path": "/x", "headers": [*others, *headers]}
        coroutine = layer(scope, nothing, nothing)
        with suppress(StopIteration):
            coroutine.send(None)

    return serve


def measure(what: str) -> None:
    """Prints one line for each thing."""
    for traced, place in (("in no trace", None), ("in a trace", PLACE)):
        print(
            f"{what:13} {traced:12}"
            f" decision {best_ns(decision(place), 2000):8,.0f} ns"
            f"  public event {best_ns(batch(place), 20) / BATCH:6,.0f} ns"
            f"  call {best_ns(call(place), 2000):8,.0f} ns"
        )


def main() -> None:
    """Measures without a collector, then with one."""
    sink = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    measure("no collector")
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{sink.server_port}"
    with tracing("bench"):
        measure("a collector")


if __name__ == "__main__":
    main()
