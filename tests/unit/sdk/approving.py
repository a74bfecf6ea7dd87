"""The stand-in for the service with approvals that can be spent, and people who decide."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from handraise.approvals.canonical import digest
from handraise.client import Handraise
from handraise.sync_client import HandraiseSync

from tests.unit.sdk.service import KEY, URL, Clock, Service, problem


class Approvals(Service):
    """Spends each approval once, for its content, while it is valid."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: dict[str, str] = {}
        self.is_expired = False
        self.gives_receipts = True

    def _reply(self, request: httpx.Request, path: str) -> httpx.Response:
        request_id, _, verb = path.strip("/").partition("/")
        if verb != "redeem":
            reply = super()._reply(request, path)
            for one in self.requests.values():
                one.setdefault("content_hash", digest([one["title"], one["context"]]))
            return reply
        key, body = request.headers["idempotency-key"], request.read()
        return self._spend(self.requests[request_id], key, body.decode())

    def _spend(self, asked: dict[str, Any], key: str, body: str) -> httpx.Response:
        response = asked.get("response") or {}
        if response.get("means") != "approve" or not self.gives_receipts:
            return problem(409, "wrong_state")
        if self.spent.setdefault(asked["id"], key) != key:
            return problem(409, "spent")
        if asked["content_hash"] not in body:
            return problem(409, "stale_revision")
        return problem(409, "late") if self.is_expired else httpx.Response(200, json=asked)

    def decide(self, request_id: str, decision: str, **more: Any) -> None:
        """Decide as a person would; `more` belongs to the answer."""
        means = {"approve": "approve", "reject": "reject"}.get(decision, "changes")
        self.close(request_id, response={"decision": decision, "means": means, **more})

    def edit(self, request_id: str, **arguments: Any) -> None:
        """Approve with some arguments changed."""
        context = self.requests[request_id]["context"]
        changed = {**context["arguments"], **arguments}
        self.decide(request_id, "approve", edited={**context, "arguments": changed})

    @property
    def only(self) -> str:
        """The id of the one request that was opened."""
        (request_id,) = self.requests
        return request_id

    def hand(self, turns: Callable[[], int] = lambda: 0) -> Handraise:
        """An async client; each call takes so many turns of the loop on its way and back."""

        async def answer(request: httpx.Request) -> httpx.Response:
            for _ in range(turns()):
                await asyncio.sleep(0)
            reply = self(request)
            for _ in range(turns()):
                await asyncio.sleep(0)
            return reply

        clock = Clock()
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        return Handraise(URL, KEY, pace=clock.pace(), http=http, sleep=clock.sleep)

    def sync_hand(self) -> HandraiseSync:
        """A client that blocks."""
        clock = Clock()
        http = httpx.Client(transport=httpx.MockTransport(self))
        return HandraiseSync(URL, KEY, pace=clock.pace(), http=http, sleep=clock.sleep_now)
