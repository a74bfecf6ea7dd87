"""A generator on Runpod's serverless endpoints: `POST /run`, then `GET /status/{id}` until it ends.

Documented at docs.runpod.io/serverless/endpoints/operation-reference; the base address is
https://api.runpod.ai/v2/<endpoint>. Runpod knows no idempotency key of its own: the order's key
goes along in the input, and the handler (`runpod_handler.py`) makes one video of a key, so that a
call whose answer was lost can be sent again.
"""

import base64
import binascii
from http import HTTPStatus
from typing import Any

import httpx

from examples.reel_scripts.video.port import (
    Failed,
    GeneratorAway,
    GeneratorRefused,
    Made,
    Order,
    Progress,
    Working,
)

_LONGEST_RUN_MS, _LONGEST_LIFE_MS = 15 * 60_000, 24 * 60 * 60_000
_WORKING = ("IN_QUEUE", "IN_PROGRESS")
_busy = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class RunpodGenerator:
    """Has videos made on GPUs that are paid for by the second."""

    name = "runpod"

    def __init__(self, http: httpx.AsyncClient) -> None:
        """`http` has the endpoint's address and the key as its own."""
        self._http = http

    async def start(self, order: Order) -> str:
        """Runpod's id of the job."""
        return await generate_video_with_runpod(self._http, order)

    async def look(self, order: Order, ticket: str) -> Progress:
        """How far the job is; a job that Runpod has forgotten is not silently paid for again."""
        answer = await _sent(self._http, "GET", f"status/{ticket}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return Failed("Runpod does not know this job any more")
        if not answer.is_success:
            return Failed(f"Runpod refuses to tell: HTTP {answer.status_code}")
        said = _object(answer)
        match said.get("status"):
            case status if status in _WORKING:
                return Working()
            case "COMPLETED":
                return await self._made(said.get("output"))
            case status:
                return Failed(f"Runpod: {status}, {said.get('error') or 'no reason given'}")

    async def _made(self, output: Any) -> Progress:
        given: dict[str, Any] = output if isinstance(output, dict) else {}
        if "error" in given:
            return Failed(f"Runpod's worker: {given['error']}")
        try:
            if "video_url" in given:
                video = (await _sent(self._http, "GET", str(given["video_url"]))).content
            else:
                video = base64.b64decode(given["video_base64"], validate=True)
            captions = given.get("captions")
            return Made(
                video=video,
                seconds=float(given["seconds"]),
                captions=captions if isinstance(captions, str) else None,
            )
        except (KeyError, TypeError, ValueError, binascii.Error):
            return Failed("Runpod's worker gave no video")


async def generate_video_with_runpod(http: httpx.AsyncClient, order: Order) -> str:
    """Start the making of an approved script's video; nothing else is sent, nothing rewritten.

    Returns the job's id. Raises GeneratorAway when it has to be tried again, with the same order,
    and GeneratorRefused when that would not help.
    """
    body = {
        "input": {"key": order.key, "title": order.title, "script": order.script},
        "policy": {"executionTimeout": _LONGEST_RUN_MS, "ttl": _LONGEST_LIFE_MS},
    }
    answer = await _sent(http, "POST", "run", body)
    if not answer.is_success:
        raise GeneratorRefused(f"Runpod refuses the job: HTTP {answer.status_code}")
    ticket = _object(answer).get("id")
    if not isinstance(ticket, str) or not ticket:
        raise GeneratorAway("What answered is not Runpod")
    return ticket


async def _sent(
    http: httpx.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    try:
        answer = await http.request(method, path, json=body)
    except httpx.TransportError as error:
        raise GeneratorAway(f"Runpod does not answer: {type(error).__name__}") from error
    if answer.is_server_error or answer.status_code in _busy:
        raise GeneratorAway(f"Runpod is busy: HTTP {answer.status_code}")
    return answer


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise GeneratorAway("What answered is not Runpod")
    return said
