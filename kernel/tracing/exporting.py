"""Sends spans to an OpenTelemetry collector over OTLP/HTTP, as the standard variables say."""

import logging
import os
import threading
import time

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from kernel.telemetry import logger
from kernel.tracing.spans import send_to, wished_span_id

log = logger()
STOP_SECONDS = 1.5
COMPLAIN_EVERY_SECONDS = 60.0


class _Ids(RandomIdGenerator):
    """Random ids, but for spans that are to have one of ours."""

    def generate_span_id(self) -> int:
        return wished_span_id() or super().generate_span_id()


class Exporting:
    """The spans' way out of a process."""

    def __init__(self, service: str) -> None:
        """Begins; the collector knows the process as `handraise-<service>`."""
        named = {"service.name": f"handraise-{service}", "service.instance.id": str(os.getpid())}
        # The process ends it within bounds; the SDK's own way may take half a minute.
        provider = TracerProvider(
            resource=Resource.create(named), id_generator=_Ids(), shutdown_on_exit=False
        )
        self._processor = BatchSpanProcessor(OTLPSpanExporter())
        provider.add_span_processor(self._processor)
        _say_in_our_log()
        send_to(provider.get_tracer("handraise"))

    def stop(self) -> None:
        """Sends what is left, for a moment at most."""
        send_to(None)
        ending = threading.Thread(target=self._processor.shutdown, daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)


class _Complaints(logging.Handler):
    """Says now and then, in our log, what the exporter has to say again and again."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._next_at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + COMPLAIN_EVERY_SECONDS
        log.warning("spans can't be exported", detail=record.getMessage())


def _say_in_our_log() -> None:
    library = logging.getLogger("opentelemetry")
    library.handlers = [_Complaints()]
    library.propagate = False
