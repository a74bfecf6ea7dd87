"""A stand-in for the service: answers as its API does, from a dictionary, or as scripted."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from handraise.client import Handraise
from handraise.pace import Pace
from handraise.sync_client import HandraiseSync

URL = "http://handraise.test"
KEY = "hr_abc_def"

Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Script:
    """Answers call after call as written; an exception in it is a connection that breaks."""

    steps: list[httpx.Response | Exception]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


class Clock:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep_now(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    async def sleep(self, seconds: float) -> None:
        self.sleep_now(seconds)

    def pace(self, **limits: float) -> Pace:
        return Pace(monotonic=self.monotonic, chance=lambda: 0.5, **limits)


def hand_over(answer: Answer, clock: Clock | None = None, **limits: float) -> Handraise:
    """An async client whose calls are answered by `answer`."""
    used = clock or Clock()
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Handraise(URL, KEY, pace=used.pace(**limits), http=http, sleep=used.sleep)


def sync_hand_over(answer: Answer, clock: Clock | None = None, **limits: float) -> HandraiseSync:
    """A sync client whose calls are answered by `answer`."""
    used = clock or Clock()
    http = httpx.Client(transport=httpx.MockTransport(answer))
    return HandraiseSync(URL, KEY, pace=used.pace(**limits), http=http, sleep=used.sleep_now)


def problem(status: int, code: str, **members: Any) -> httpx.Response:
    """An RFC 9457 answer."""
    said = {"type": "about:blank", "title": code.replace("_", " "), "status": status, **members}
    return httpx.Response(
        status, json={**said, "code": code}, headers={"content-type": "application/problem+json"}
    )


def opened(request_id: str = "req-1", **fields: Any) -> httpx.Response:
    """The answer to an opening."""
    return httpx.Response(201, json={"id": request_id, "state": "pending", **fields})


def closed(outcome: str = "answered", **fields: Any) -> httpx.Response:
    """The answer to a wait for a closed request."""
    return httpx.Response(200, json={**closed_request(outcome), **fields, "done": True})


def closed_request(outcome: str = "answered", request_id: str = "req-1") -> dict[str, Any]:
    """A closed request, as the service shows it."""
    said = {
        "decision": "approve",
        "comment": "LGTM",
        "responder_id": "user-1",
        "responded_at": "2025-01-15T11:00:00Z",
    }
    return {
        "id": request_id,
        "state": "completed",
        "outcome": outcome,
        "version": 4,
        "response": said if outcome in ("answered", "could_not_complete") else None,
    }


def still_open() -> httpx.Response:
    """The answer to a wait whose time is up."""
    return httpx.Response(200, json={"id": "req-1", "state": "notified", "done": False})


class Service:
    """Requests in a dictionary, with the idempotency of the real one, and a view that may lag."""

    def __init__(self) -> None:
        self.requests: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.contents: dict[str, Any] = {}
        self.calls: list[tuple[str, str]] = []
        self.least: list[str | None] = []
        self.before: Callable[[str, str], httpx.Response | None] = lambda method, path: None
        self.after: Callable[[str, str], None] = lambda method, path: None
        self.replies_to_lose = 0
        self.revision_keys: list[str] = []
        self.done: set[tuple[str, str]] = set()
        self.view: dict[str, dict[str, Any]] | None = None
        self.looks_behind = 0

    def hold_view(self, looks: int) -> None:
        """Let so many reads find everything as it is now, whatever is done meanwhile."""
        self.view, self.looks_behind = dict(self.requests), looks

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1/requests")
        self.calls.append((request.method, path))
        self.least.append(request.url.params.get("min_version"))
        if (refused := self.before(request.method, path)) is not None:
            return refused
        reply = self._reply(request, path)
        self.after(request.method, path)
        if self.replies_to_lose:
            self.replies_to_lose -= 1
            raise httpx.ReadError("cut off after the work was done")
        return reply

    def _reply(self, request: httpx.Request, path: str) -> httpx.Response:
        if request.method == "GET":
            return self._read(path, request.url.params)
        body, key = json.loads(request.content or b"{}"), request.headers["idempotency-key"]
        if path == "":
            return self._open(body, key)
        request_id, _, verb = path.strip("/").partition("/")
        if request_id not in self.requests:
            return problem(404, "unknown")
        if (path, key) not in self.done:
            if (refused := self._act(request_id, verb, body, key)) is not None:
                return refused
            self.done.add((path, key))
        return httpx.Response(200, json=self.requests[request_id])

    def _act(
        self, request_id: str, verb: str, body: dict[str, Any], key: str
    ) -> httpx.Response | None:
        known = self.requests[request_id]
        if verb in ("cancel", "revise") and known["outcome"] is not None:
            return problem(409, "already_decided", current_state=known["state"])
        match verb:
            case "cancel":
                self.close(request_id, outcome="cancelled", state="cancelled", response=None)
            case "revise":
                if known["state"] != "revising":
                    return problem(409, "wrong_state", current_state=known["state"])
                self.revision_keys.append(key)
                version = known["version"] + 1
                self.requests[request_id] = {
                    **known,
                    **body,
                    "state": "pending",
                    "version": version,
                }
            case _:
                pass
        return None

    def _read(self, path: str, params: Mapping[str, str]) -> httpx.Response:
        shown = self.requests
        if self.view is not None and self.looks_behind:
            shown = self.view
            self.looks_behind -= 1
        if path == "":
            return httpx.Response(200, json={"items": list(shown.values())})
        request_id, _, verb = path.strip("/").partition("/")
        if request_id not in self.requests:
            return problem(404, "unknown")
        found = shown.get(request_id)
        least = int(params.get("min_version", "0"))
        if verb == "wait" and found is not None:
            return self._wait(found, least, int(params.get("after_version", "0")))
        if found is None or found["version"] < least:
            return problem(503, "unavailable")
        return httpx.Response(200, json=found)

    def _open(self, body: dict[str, Any], key: str) -> httpx.Response:
        if key in self.by_key:
            if self.contents[key] != body:
                return problem(422, "key_reused", request_id=self.by_key[key])
        else:
            self.by_key[key] = str(uuid.uuid4())
            self.contents[key] = body
            self.requests[self.by_key[key]] = {
                "id": self.by_key[key],
                "state": "pending",
                "outcome": None,
                "version": 1,
                **body,
            }
        return httpx.Response(201, json=self.requests[self.by_key[key]])

    def _wait(self, found: dict[str, Any], least: int, after: int) -> httpx.Response:
        wished = found["state"] == "revising" and found["version"] > after
        done = found["version"] >= least and (found["outcome"] is not None or wished)
        return httpx.Response(200, json={**found, "done": done})

    def close(self, request_id: str, **fields: Any) -> dict[str, Any]:
        """Close a request as a person would; how it looks then."""
        said = {
            "decision": "approve",
            "comment": "fine",
            "responder_id": "user-1",
            "responded_at": "2025-01-15T11:00:00Z",
        }
        before = self.requests[request_id]
        self.requests[request_id] = {
            **before,
            "state": "responded",
            "outcome": "answered",
            "response": said,
            "version": before["version"] + 1,
            **fields,
        }
        return self.requests[request_id]

    def ask_for_changes(self, request_id: str, at: str = "2025-01-15T10:00:00Z") -> dict[str, Any]:
        """Ask for changes as a reviewer would."""
        said = {"decision": "request_changes", "comment": "shorter", "responded_at": at}
        return self.close(request_id, state="revising", outcome=None, response=said)

    def opened_titles(self) -> list[str]:
        """The titles of all requests, in the order in which they were opened."""
        return [request["title"] for request in self.requests.values()]
