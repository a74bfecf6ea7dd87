"""A collector as far as exporters can tell: it takes OTLP over HTTP, and keeps what it took."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kernel.http_server import HttpServer
from tests.support.eventually import eventually
from tests.support.processes import free_port_base

FAILED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span as it was exported; ids in hex, `parent` empty for a root."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    failed: bool
    began_ns: int
    ended_ns: int
    attributes: dict[str, Any]


class Collector:
    """What was exported to it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.spans: list[Span] = []
        self.raw: list[bytes] = []

    async def take(self, request: Request) -> Response:
        """`POST /v1/traces`."""
        body = await request.body()
        self.raw.append(body)
        for of_process in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(of_process.resource.attributes)["service.name"]
            for scope in of_process.scope_spans:
                self.spans += [_span(service, one) for one in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        return Response(answer, media_type="application/x-protobuf")

    def of_trace(self, trace: str) -> list[Span]:
        """The spans of one trace, each once, in the order of their beginnings."""
        once = {span.id: span for span in self.spans if span.trace == trace}
        return sorted(once.values(), key=lambda span: span.began_ns)


def tree(spans: Sequence[Span]) -> str:
    """A trace as people read it: each span below its parent, with its service and milliseconds."""
    known = {span.id for span in spans}
    lines: list[str] = []

    def put(span: Span, depth: int) -> None:
        ms = (span.ended_ns - span.began_ns) / 1e6
        lines.append(f"{'   ' * depth}{span.name}  ({span.service}, {ms:.1f} ms)")
        for child in spans:
            if child.parent == span.id:
                put(child, depth + 1)

    for root in spans:
        if root.parent not in known:
            put(root, 0)
    return "\n".join(lines)


def _span(service: str, span: Any) -> Span:
    return Span(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=tuple(link.trace_id.hex() for link in span.links),
        failed=span.status.code == FAILED,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        attributes=_values(span.attributes),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)


@asynccontextmanager
async def collector() -> AsyncGenerator[Collector]:
    """A collector that runs inside the block."""
    port = free_port_base()
    made = Collector(port)
    app = Starlette(routes=[Route("/v1/traces", made.take, methods=["POST"])])
    serving = asyncio.create_task(HttpServer(app, host="127.0.0.1", port=port).run())

    async def answers() -> bool:
        async with httpx.AsyncClient() as http:
            try:
                return (await http.get(f"{made.url}/v1/traces")).status_code == 405
            except httpx.TransportError:
                return False

    try:
        await eventually(answers)
        yield made
    finally:
        serving.cancel()
        await asyncio.wait([serving])
