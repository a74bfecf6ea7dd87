"""How an attempt went, step by step, for whoever must find out why it failed."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Step = Literal["dns_ms", "connect_ms", "first_byte_ms"]


@dataclass(slots=True, kw_only=True)
class Course:
    """The steps of an attempt in milliseconds; None where one was not needed, or not come to.

    `address` is the one that was connected to, `connect_ms` holds TLS too, `first_byte_ms` is from
    the begin of sending to the first byte of an answer.
    """

    address: str | None = None
    dns_ms: float | None = None
    connect_ms: float | None = None
    first_byte_ms: float | None = None

    @contextmanager
    def timing(self, step: Step) -> Generator[None]:
        """Notes how long a step takes, also where it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            setattr(self, step, round((time.perf_counter() - start) * 1000, 1))
