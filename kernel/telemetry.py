"""Structured logs: one JSON object a line, with the service's name, and no secrets in it."""

import logging
import re
import ssl
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from aiokafka.errors import AuthenticationFailedError, SaslAuthenticationFailed
from opentelemetry.trace import get_current_span

_secret = re.compile(
    r"(hr_[A-Za-z0-9]+_)[A-Za-z0-9_-]{8,}|(whsec_)[A-Za-z0-9+/=_-]{8,}|(eyJ[\w-]{5,}\.)[\w.-]+"
    r"|(://[^:/@\s]+:)[^@/\s]+(?=@)"
)
_mask = "***"
_no_wait_mends_it = (AuthenticationFailedError, SaslAuthenticationFailed, ssl.SSLError)


def masked(text: str) -> str:
    """The text with API keys, signing secrets, tokens and passwords in addresses blotted out."""
    return _secret.sub(lambda m: next(g for g in m.groups() if g is not None) + _mask, text)


def mask_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The log processor that masks every text value."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = masked(value)
    return event


def name_trace(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The log processor that says in which trace, and in which span of it, a line was written."""
    place = get_current_span().get_span_context()
    if place.is_valid:
        event["trace_id"] = f"{place.trace_id:032x}"
        event["span_id"] = f"{place.span_id:016x}"
    return event


def configure_logging(service: str, level: str = "INFO") -> None:
    """Sends this process's logs to standard output as JSON lines."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            name_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(stream=sys.stdout, level=logging.ERROR, format="%(name)s %(message)s")
    # It writes a line per refused connection; who uses it says once what that means.
    for part in ("aiokafka.consumer", "aiokafka.producer", "aiokafka.conn", "aiokafka.cluster"):
        logging.getLogger(part).setLevel(logging.CRITICAL)
    logging.getLogger("aiokafka").addFilter(_no_wait_mends)


def _no_wait_mends(record: logging.LogRecord) -> bool:
    """Whether a connection failed for a reason that only its log line tells, and an operator's."""
    given = record.args if isinstance(record.args, tuple) else ()
    return any(isinstance(one, _no_wait_mends_it) for one in given)


def logger() -> Any:
    """The logger; events are words, details are keyword arguments."""
    return structlog.get_logger()
