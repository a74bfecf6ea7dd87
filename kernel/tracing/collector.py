"""Whether a process's spans go to a collector: they do where the standard variables name one."""

import os
from collections.abc import Generator
from contextlib import contextmanager

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def is_wanted() -> bool:
    """Whether a collector is named, and tracing not turned off."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not disabled and any(os.environ.get(name, "").strip() for name in ENDPOINTS)


@contextmanager
def tracing(service: str) -> Generator[None]:
    """Sends the spans that are made within the block, and the last ones at its end."""
    if not is_wanted():
        yield
        return
    # Half a second of imports, which a process without a collector is spared.
    from kernel.tracing.exporting import Exporting  # noqa: PLC0415

    exporting = Exporting(service)
    try:
        yield
    finally:
        exporting.stop()
