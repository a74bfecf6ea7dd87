"""Receives callbacks: verifies the signature, writes the answer down, resumes the workflow.

A `Receiver` is an ASGI application that answers POST on whatever path it is put; with FastAPI,
`handraise.fastapi.router` makes a router of it. Its answers:

* 200 `{"status": "resumed", "workflow_id": …}`: the answer is safe and the workflow goes on. A
  repeat gets the same and resumes nothing, also when both come at the same moment.
* 400 not a callback; 401 not signed, or not just now; 404 no such checkpoint; 410 the checkpoint
  expired (the service stops sending); 413 too large.
* 500 the leg raised; 503 another process is at work on the workflow. The answer is safe in both
  cases, and the service's next attempt tries the leg again.

A leg that takes longer than `answer_within_seconds` goes on after the answer was given, or waits
for the process that is at work. If it fails then, or the process dies before the leg's end is
written, `Agent.recover` runs it again, with the same ids: legs run at least once. Where legs are
long, call that now and then, or let a `Supervisor` run them.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol, TypeAlias, cast

from handraise.answers import request_from_callback
from handraise.errors import BadSignature, Busy, ExpiredCheckpoint, UnknownCheckpoint
from handraise.models import Json, Request
from handraise.tracing import continued
from handraise.webhooks import Headers, checked_secret, verify

_log = logging.getLogger("handraise")

_AGAIN_SECONDS = 0.2

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Resumes(Protocol):
    """What a callback is for: an `Agent`, or the `Supervisor` of its workflows."""

    @property
    def agent_id(self) -> str:
        """The agent that asked."""
        ...

    async def record(self, request: Request, *, webhook_id: str | None = None) -> bool:
        """Write the answer down; False for one that was dealt with."""
        ...

    async def advance(self, workflow_id: str) -> None:
        """Let the workflow go on."""
        ...


class Receiver:
    """The door for callbacks to one or more agents, or to their supervisors.

    `secrets` are the signing secrets to accept: `whsec_…` or any text; two while one rotates.
    """

    def __init__(
        self,
        *agents: Resumes,
        secrets: Sequence[str],
        clock: Callable[[], float] = time.time,
        max_body_bytes: int = 1 << 20,
        answer_within_seconds: float = 10.0,
    ) -> None:
        """Raises ValueError without an agent, or with secrets that anybody could know."""
        if not agents or not secrets:
            raise ValueError("A receiver needs an agent and a signing secret")
        self._agents = {agent.agent_id: agent for agent in agents}
        self._secrets = [checked_secret(secret) for secret in secrets]
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._answer_within_seconds = answer_within_seconds
        self._legs: set[asyncio.Task[None]] = set()

    async def handle(self, headers: Headers, body: bytes) -> tuple[int, Json]:
        """What to answer to these bytes: an HTTP status and a JSON object."""
        try:
            webhook_id = verify(headers, body, self._secrets, now=self._clock())
        except BadSignature as refusal:
            return 401, _reason("refused", refusal)
        with continued(headers):
            return await self._take(body, webhook_id)

    async def _take(self, body: bytes, webhook_id: str | None) -> tuple[int, Json]:
        try:
            request = _request_in(body)
            agent = self._agent_for(request)
            is_due = await agent.record(request, webhook_id=webhook_id)
        except ValueError as refusal:
            return 400, _reason("refused", refusal)
        except UnknownCheckpoint as refusal:
            return 404, _reason("unknown", refusal)
        except ExpiredCheckpoint as refusal:
            return 410, _reason("expired", refusal)
        workflow_id = request.workflow_id or ""
        return await self._resume(agent, workflow_id) if is_due else _resumed(workflow_id)

    async def drain(self) -> None:
        """Wait for the legs that outlasted their callbacks; to be called before the end."""
        while self._legs:
            await asyncio.wait(set(self._legs))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: POST a callback."""
        if scope["type"] != "http":
            raise NotImplementedError(f"A receiver answers HTTP, not {scope['type']}")
        if scope["method"] != "POST":
            await _send(send, 405, {"status": "refused", "reason": "POST a callback"})
            return
        body = await self._read(receive)
        if body is None:
            await _send(send, 413, {"status": "refused", "reason": "The body is too large"})
            return
        try:
            status, said = await self.handle(scope["headers"], body)
        except Exception:  # noqa: BLE001  the service retries whatever is no 2xx
            _log.exception("A callback could not be taken in")
            status, said = 500, {"status": "failed", "reason": "See the log of the agent"}
        await _send(send, status, said)

    async def _resume(self, agent: Resumes, workflow_id: str) -> tuple[int, Json]:
        answered = asyncio.Event()
        leg = asyncio.create_task(_advance(agent, workflow_id, answered))
        self._legs.add(leg)
        leg.add_done_callback(self._legs.discard)
        done, _ = await asyncio.wait({leg}, timeout=self._answer_within_seconds)
        if not done:
            answered.set()
            leg.add_done_callback(_log_failure)
            return _resumed(workflow_id)
        match leg.exception():
            case None:
                return _resumed(workflow_id)
            case Busy() as busy:
                return 503, _reason("busy", busy)
            case error:
                _log.error("Workflow %s was not resumed", workflow_id, exc_info=error)
                return 500, {"status": "failed", "workflow_id": workflow_id}

    def _agent_for(self, request: Request) -> Resumes:
        agent_id = request.metadata.get("agent_id")
        if agent_id is None and len(self._agents) == 1:
            return next(iter(self._agents.values()))
        try:
            return self._agents[str(agent_id)]
        except KeyError:
            raise UnknownCheckpoint(f"No agent {agent_id!r} listens here") from None

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, or None when it is larger than we take."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            body += message.get("body", b"")
            if len(body) > self._max_body_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)


def _request_in(body: bytes) -> Request:
    try:
        said = json.loads(body)
    except RecursionError as wrong:
        raise ValueError("Nested too deep") from wrong
    if not isinstance(said, dict):
        raise ValueError("Not a JSON object")  # noqa: TRY004  the bytes are wrong, not a type
    return request_from_callback(cast("Mapping[str, Any]", said))


def _resumed(workflow_id: str) -> tuple[int, Json]:
    return 200, {"status": "resumed", "workflow_id": workflow_id}


def _reason(status: str, refusal: Exception) -> Json:
    return {"status": status, "reason": str(refusal)}


async def _advance(agent: Resumes, workflow_id: str, answered: asyncio.Event) -> None:
    """Let the workflow go on; once the service was answered, as soon as nobody else is at it.

    Nobody would come again then: whoever is at work on it may have died.
    """
    while True:
        try:
            await agent.advance(workflow_id)
        except Busy:
            if not answered.is_set():
                raise
            await asyncio.sleep(_AGAIN_SECONDS)
        else:
            return


def _log_failure(leg: asyncio.Task[None]) -> None:
    if not leg.cancelled() and (error := leg.exception()) is not None:
        _log.error("A leg failed after its callback was answered", exc_info=error)


async def _send(send: Send, status: int, said: Json) -> None:
    body = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
