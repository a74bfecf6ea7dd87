"""Everything the clients do, as generators that yield calls: no I/O, the same for async and sync.

A client sends each yielded `Call` (after its `after_seconds`) and hands back the `Reply`, or
`Lost` where none came. What a flow returns is the method's result; what it raises, its error.
"""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ValidationError

from handraise.calls import (
    Call,
    Lost,
    Reply,
    attach,
    get_history,
    get_kind,
    get_request,
    list_requests,
    wait_for,
)
from handraise.errors import HandraiseError, NotFound, StillOpen, UnexpectedReply, Unreachable
from handraise.models import Attachment, HistoryEntry, Json, Page, Request
from handraise.outcomes import Outcome, outcome_of
from handraise.pace import Pace, pause_seconds
from handraise.problems import error_for, retry_after_seconds

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

Flow: TypeAlias = Generator[Call, Reply | Lost, T]

LONGEST_POLL_SECONDS = 60

_QUIET_POLL_SECONDS = 1.0
"""A poll that comes back sooner, and empty, is followed by a pause of this length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How to wait for a request.

    `at_most_seconds` ends the wait with `StillOpen`; None waits as long as the request lives.
    `after_version` passes over what happened up to that version. `min_version` is how new the view
    must be that is asked; a shorter wait lasts until it is. `known` says that the request surely
    exists, so that a 404 only means a view that lags.
    """

    request_id: str
    at_most_seconds: float | None = None
    after_version: int | None = None
    min_version: int | None = None
    known: bool = False


def fetch_request(call: Call, pace: Pace) -> Flow[Request]:
    """Send a call whose reply is a request."""
    return _parsed(Request, (yield from deliver(call, pace, pace.patience_seconds)))


def fetch_page(query: Json, pace: Pace) -> Flow[Page]:
    """A page of the requests that a query is about."""
    call = list_requests(query)
    return _parsed(Page, (yield from deliver(call, pace, pace.patience_seconds)))


def fetch_history(
    request_id: str, min_version: int | None, pace: Pace
) -> Flow[tuple[HistoryEntry, ...]]:
    """A request's history, up to `min_version` at least."""
    call = get_history(request_id, min_version)
    reply = yield from deliver(call, pace, pace.patience_seconds)
    entries = _object(reply).get("items")
    if not isinstance(entries, list):
        raise UnexpectedReply("A history without items came back")
    return tuple(_valid(HistoryEntry, entry) for entry in cast("list[Any]", entries))


def fetch_kind(name: str, pace: Pace) -> Flow[Json]:
    """A kind, as the service tells it."""
    return _object((yield from deliver(get_kind(name), pace, pace.patience_seconds)))


def put_file(content: bytes, name: str, media_type: str, pace: Pace) -> Flow[Attachment]:
    """A file that was put in."""
    call = attach(content, name, media_type)
    return _parsed(Attachment, (yield from deliver(call, pace, pace.patience_seconds)))


def wait(wanted: Wait, pace: Pace) -> Flow[Outcome]:
    """Poll until the request is closed or wants changes.

    Raises `StillOpen` when `at_most_seconds` have passed, `Unreachable` or `Unavailable` when
    the service was away longer than the pace allows.
    """
    started = pace.monotonic()
    quiet_seconds = 0.0
    while True:
        asked_at = pace.monotonic()
        left = _left_seconds(wanted, asked_at - started)
        call = _waiting(wanted, _poll_seconds(left))
        request = yield from _poll(replace(call, after_seconds=quiet_seconds), wanted, pace)
        if request is not None:
            return outcome_of(request)
        now = pace.monotonic()
        if _left_seconds(wanted, now - started) == 0:
            raise StillOpen(f"Request {wanted.request_id} is still open")
        took_seconds = now - asked_at - quiet_seconds
        quiet_seconds = _QUIET_POLL_SECONDS if took_seconds < _QUIET_POLL_SECONDS else 0.0


def poll(wanted: Wait, timeout_seconds: int, pace: Pace) -> Flow[Request | None]:
    """Poll once: the request if it is closed or wants changes, else None."""
    return (yield from _poll(_waiting(wanted, timeout_seconds), wanted, pace))


def deliver(
    call: Call,
    pace: Pace,
    patience_seconds: float,
    retriable: Callable[[HandraiseError], bool] = lambda error: error.retriable,
) -> Flow[Reply]:
    """Send a call until it succeeds, is refused for good, or patience ends."""
    started = pace.monotonic()
    tries = 0
    while True:
        got = yield call
        error = _error_in(got)
        if error is None:
            return cast(Reply, got)
        pause = pause_seconds(tries, error.retry_after_seconds, pace.chance())
        out_of_time = pace.monotonic() - started + pause > patience_seconds
        if not retriable(error) or out_of_time:
            raise error
        call = replace(call, after_seconds=pause)
        tries += 1


def _poll(call: Call, wanted: Wait, pace: Pace) -> Flow[Request | None]:
    missing_since = pace.monotonic()

    def retriable(error: HandraiseError) -> bool:
        if isinstance(error, NotFound):
            missing_seconds = pace.monotonic() - missing_since
            return wanted.known and missing_seconds < pace.patience_seconds
        return error.retriable

    reply = yield from deliver(call, pace, pace.outage_seconds, retriable)
    request = _parsed(Request, reply)
    if _is_behind(request, wanted):
        # What is known already counts, so that a short wait does not end without it.
        call = get_request(wanted.request_id, wanted.min_version)
        request = _parsed(Request, (yield from deliver(call, pace, pace.outage_seconds, retriable)))
        is_done = (request.version or 0) > (wanted.after_version or 0)
    else:
        is_done = _object(reply).get("done") is not False
    return request if request.is_closed or (request.wants_changes and is_done) else None


def _is_behind(request: Request, wanted: Wait) -> bool:
    shown, known = request.version, wanted.min_version
    return shown is not None and known is not None and shown < known


def _waiting(wanted: Wait, seconds: int) -> Call:
    return wait_for(wanted.request_id, seconds, wanted.after_version, wanted.min_version)


def _poll_seconds(left_seconds: float | None) -> int:
    if left_seconds is None:
        return LONGEST_POLL_SECONDS
    return min(LONGEST_POLL_SECONDS, max(1, round(left_seconds)))


def _left_seconds(wanted: Wait, passed_seconds: float) -> float | None:
    if wanted.at_most_seconds is None:
        return None
    return max(0.0, wanted.at_most_seconds - passed_seconds)


def _error_in(got: Reply | Lost) -> HandraiseError | None:
    if isinstance(got, Lost):
        return Unreachable(f"No answer from Handraise: {got.cause}")
    if got.status in (200, 201):
        return None
    asked = retry_after_seconds(got.headers.get("retry-after"), datetime.now(UTC))
    return error_for(got.status, _object_or_none(got.body), asked)


def _parsed(model: type[M], reply: Reply) -> M:
    return _valid(model, _object(reply))


def _valid(model: type[M], value: Any) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        raise UnexpectedReply(f"Not the {model.__name__} we know: {wrong}") from wrong


def _object(reply: Reply) -> Mapping[str, Any]:
    value = _object_or_none(reply.body)
    if value is None:
        raise UnexpectedReply(f"HTTP {reply.status} without a JSON object")
    return value


def _object_or_none(body: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None
