"""The HTTP calls of the service, as values: each function writes one, none sends it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import quote

from handraise.models import Json

REQUESTS: Final = "/api/v1/requests"
ATTACHMENTS: Final = "/api/v1/attachments"
KINDS: Final = "/api/v1/kinds"

_ANSWER_SECONDS: Final = 20.0
"""The service answers within 5 s, or says 202; the rest is for slow roads."""

_WAIT_MARGIN_SECONDS: Final = 15.0
_FILE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP call, and how long to let pass before it is sent."""

    method: str
    path: str
    params: Mapping[str, str | Sequence[str]] = field(
        default_factory=dict[str, str | Sequence[str]]
    )
    body: bytes | None = None
    content_type: str = "application/json"
    idempotency_key: str | None = None
    timeout_seconds: float = _ANSWER_SECONDS
    after_seconds: float = 0.0

    def headers(self) -> dict[str, str]:
        """The headers that are this call's own."""
        headers = {"Accept": "application/json"}
        if self.body is not None:
            headers["Content-Type"] = self.content_type
        if self.idempotency_key is not None:
            headers["Idempotency-Key"] = self.idempotency_key
        return headers


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a whole HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing came back, and why."""

    cause: str


def open_request(body: Json, idempotency_key: str) -> Call:
    """`POST /api/v1/requests`."""
    return _post(REQUESTS, body, idempotency_key)


def get_request(request_id: str, min_version: int | None = None) -> Call:
    """`GET /api/v1/requests/{id}`."""
    return Call(method="GET", path=_path(request_id), params=_params({"min_version": min_version}))


def list_requests(filters: Mapping[str, Any]) -> Call:
    """`GET /api/v1/requests`; filters that are None are left out."""
    return Call(method="GET", path=REQUESTS, params=_params(filters))


def wait_for(
    request_id: str,
    timeout_seconds: int,
    after_version: int | None,
    min_version: int | None = None,
) -> Call:
    """`GET …/wait`: answered when the request is closed, wants changes, or the time is up."""
    params = {
        "timeout_seconds": timeout_seconds,
        "after_version": after_version,
        "min_version": min_version,
    }
    return Call(
        method="GET",
        path=_path(request_id, "wait"),
        params=_params(params),
        timeout_seconds=timeout_seconds + _WAIT_MARGIN_SECONDS,
    )


def get_history(request_id: str, min_version: int | None = None) -> Call:
    """`GET …/history`."""
    params = _params({"min_version": min_version})
    return Call(method="GET", path=_path(request_id, "history"), params=params)


def get_kind(name: str) -> Call:
    """`GET /api/v1/kinds/{kind}`."""
    return Call(method="GET", path=f"{KINDS}/{quote(name, safe='')}")


def act(request_id: str, verb: str, body: Json | None, idempotency_key: str) -> Call:
    """`POST …/{verb}`: respond, claim, assign, comment, extend, cancel, revise and so on."""
    return _post(_path(request_id, verb), body, idempotency_key)


def attach(content: bytes, name: str, media_type: str) -> Call:
    """`POST /api/v1/attachments`: a file that a question or an answer may then name."""
    return Call(
        method="POST",
        path=ATTACHMENTS,
        params={"name": name},
        body=content,
        content_type=media_type,
        timeout_seconds=_FILE_SECONDS,
    )


def key_in(said: Mapping[str, Any]) -> str:
    """The idempotency key that the caller gave, or a fresh one, to be kept on retries."""
    return str(said.get("idempotency_key") or uuid.uuid4())


def _post(path: str, body: Json | None, idempotency_key: str) -> Call:
    content = None if body is None else json.dumps(body, allow_nan=False).encode()
    return Call(method="POST", path=path, body=content, idempotency_key=idempotency_key)


def _path(request_id: str, verb: str | None = None) -> str:
    if not request_id:
        raise ValueError("A request id is needed")
    path = f"{REQUESTS}/{quote(request_id, safe='')}"
    return path if verb is None else f"{path}/{verb}"


def _params(values: Mapping[str, Any]) -> dict[str, str | Sequence[str]]:
    return {name: _text(value) for name, value in values.items() if value is not None}


def _text(value: Any) -> str | Sequence[str]:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            several = cast("Sequence[Any]", value)
            return [str(one) for one in several]
        case _:
            return str(value)
