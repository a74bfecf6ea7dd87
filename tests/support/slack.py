"""A Slack workspace on a real socket that checks each call as the real one documents it.

It keeps messages by channel and `ts`, hands out trigger ids that are good for three seconds and
once, takes what is said at its response URLs, and can press buttons and submit modals as a person
in Slack does: signed, form-encoded, with the payloads that Slack documents.
"""

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kernel.clock import Clock, utc_now
from kernel.http_server import HttpServer
from tests.support.eventually import eventually
from tests.support.processes import free_port_base
from tests.support.slack_blocks import block_faults, markup_faults, view_faults

TEAM, TOKEN, SIGNING_SECRET = "T0HAND", "xoxb-7-of-the-stand-in", "8f742231b10e8888abcd99yyyzzz85a5"
TRIGGER_SECONDS = 3
JSON_METHODS = {"chat.postMessage", "chat.update", "views.open"}


@dataclass
class Message:
    """A message as the workspace has it: what it shows now, and how often it was changed."""

    channel: str
    ts: str
    body: dict[str, Any]
    changes: int = 0

    @property
    def words(self) -> str:
        """All that it shows, as one text."""
        return json.dumps(self.body, ensure_ascii=False)

    def button(self, action_id: str) -> dict[str, Any]:
        """A button of it."""
        elements = [e for b in self.body["blocks"] for e in b.get("elements", ())]
        return next(e for e in elements if e.get("action_id") == action_id)

    @property
    def actions(self) -> list[str]:
        """The ids of its buttons."""
        blocks = [b for b in self.body["blocks"] if b["type"] == "actions"]
        return [element["action_id"] for block in blocks for element in block["elements"]]


@dataclass
class SlackStandIn:
    """The workspace; `faults` is all that the real one would not have taken."""

    url: str
    clock: Clock = utc_now
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    views: list[dict[str, Any]] = field(default_factory=list)
    told: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: defaultdict[str, list[Response]] = field(default_factory=lambda: defaultdict(list))
    holding: dict[str, asyncio.Event] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    token: str = TOKEN
    _triggers: dict[str, float] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def user(self, user_id: str, email: str, **more: Any) -> str:
        """A member of the workspace."""
        self.users[user_id] = {
            "id": user_id,
            "team_id": TEAM,
            "deleted": False,
            "is_bot": False,
            "is_restricted": False,
            "is_email_confirmed": True,
            "profile": {"email": email},
        } | more
        return user_id

    def fail(self, method: str, said: dict[str, Any], status: int = 200, **headers: str) -> None:
        """Lets the next call of a method fail so."""
        self.failing[method].append(JSONResponse(said, status, headers))

    @contextmanager
    def held(self, method: str) -> Generator[None]:
        """Does what calls of a method want, but answers only after the block."""
        self.holding[method] = asyncio.Event()
        try:
            yield
        finally:
            self.holding.pop(method).set()

    async def api(self, request: Request) -> Response:
        """A call of the Web API."""
        method = request.path_params["method"]
        self.calls.append(method)
        said = await self._said(method, request)
        if method in self.holding:
            await self.holding[method].wait()
        return said

    async def _said(self, method: str, request: Request) -> Response:
        if self.failing[method]:
            return self.failing[method].pop(0)
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _error("invalid_auth")
        kind = request.headers.get("content-type", "")
        if method in JSON_METHODS:
            if not kind.startswith("application/json"):
                return _error("invalid_post_type")
            return getattr(self, f"_{method.replace('.', '_')}")(await request.json())
        if kind != "application/x-www-form-urlencoded" and method != "auth.test":
            return _error("invalid_arguments")
        fields = dict(await request.form())
        return getattr(self, f"_{method.replace('.', '_')}")(fields)

    def _auth_test(self, _: dict[str, Any]) -> Response:
        return _ok(url="https://hands.slack.test/", team="Hands", team_id=TEAM, user_id="U0BOT")

    def _users_info(self, given: dict[str, Any]) -> Response:
        found = self.users.get(given["user"])
        return _error("user_not_found") if found is None else _ok(user=found)

    def _users_lookupByEmail(self, given: dict[str, Any]) -> Response:  # noqa: N802 -- Slack's name
        members = self.users.values()
        found = next((u for u in members if u["profile"]["email"] == given["email"]), None)
        return _error("users_not_found") if found is None else _ok(user=found)

    def _chat_postMessage(self, given: dict[str, Any]) -> Response:  # noqa: N802 -- Slack's name
        channel = given.get("channel", "")
        if channel[:1] not in {"U", "W", "C", "G", "D"}:
            return _error("channel_not_found")
        if refused := self._refused(given):
            return refused
        # A message to a user is in the channel of the two.
        kept = f"D{channel[1:]}" if channel[0] in "UW" else channel
        ts = f"1700000000.{next(self._numbers):06d}"
        self.messages[kept, ts] = Message(kept, ts, given)
        return _ok(channel=kept, ts=ts, message=given)

    def _chat_update(self, given: dict[str, Any]) -> Response:
        found = self.messages.get((given.get("channel", ""), given.get("ts", "")))
        if found is None:
            return _error("message_not_found")
        if refused := self._refused(given):
            return refused
        found.body, found.changes = given, found.changes + 1
        return _ok(channel=found.channel, ts=found.ts)

    def _views_open(self, given: dict[str, Any]) -> Response:
        until = self._triggers.pop(given.get("trigger_id", ""), None)
        if until is None or self.clock().timestamp() > until:
            return _error("expired_trigger_id")
        if found := list(view_faults(given["view"])):
            self.faults += found
            return _error("invalid_arguments")
        view = {**given["view"], "id": f"V{next(self._numbers)}", "team_id": TEAM}
        self.views.append(view)
        return _ok(view=view)

    def _refused(self, message: dict[str, Any]) -> Response | None:
        found = list(block_faults(message.get("blocks"), "message"))
        found += list(markup_faults(message.get("text", "")))
        if not message.get("text"):
            found.append("no text for where blocks are not shown")
        self.faults += found
        return _error("invalid_blocks") if found else None

    async def hear(self, request: Request) -> Response:
        """Takes what is said at a response URL."""
        said = await request.json()
        self.faults += markup_faults(said.get("text", ""))
        user, _, ts = request.path_params["place"].partition(":")
        if said.get("replace_original"):
            self.faults += block_faults(said.get("blocks"), "message")
            found = next(m for m in self.messages.values() if m.ts == ts)
            found.body, found.changes = said, found.changes + 1
            return Response("ok")
        self.told[user].append(said)
        return Response("ok")

    def pressed(self, message: Message, action_id: str, user: str) -> dict[str, Any]:
        """The payload of a person who presses a button."""
        number = next(self._numbers)
        trigger = f"{number}.{TEAM}.trigger"
        self._triggers[trigger] = self.clock().timestamp() + TRIGGER_SECONDS
        button = message.button(action_id)
        return {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "hands"},
            "user": {"id": user, "username": user.lower(), "team_id": TEAM},
            "api_app_id": "A0HAND",
            "container": {"type": "message", "message_ts": message.ts},
            "trigger_id": trigger,
            "channel": {"id": message.channel},
            "message": message.body,
            "response_url": f"{self.url}/actions/{user}:{message.ts}",
            "actions": [
                {
                    "type": "button",
                    "action_id": action_id,
                    "value": button.get("value"),
                    "action_ts": f"1700000001.{number:06d}",
                }
            ],
        }

    def submitted(self, view: dict[str, Any], user: str, comment: str = "") -> dict[str, Any]:
        """The payload of a person who submits a modal."""
        typed = {"type": "plain_text_input", "value": comment or None}
        return {
            "type": "view_submission",
            "team": {"id": TEAM, "domain": "hands"},
            "user": {"id": user, "username": user.lower(), "team_id": TEAM},
            "view": {**view, "state": {"values": {"comment": {"comment": typed}}}},
        }

    def expire_triggers(self) -> None:
        """Lets three seconds pass for all trigger ids."""
        self._triggers = dict.fromkeys(self._triggers, 0.0)


def signed(
    payload: dict[str, Any], *, at: float, secret: str = SIGNING_SECRET
) -> tuple[bytes, dict[str, str]]:
    """The body and headers with which Slack posts a payload at this second since 1970."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    base = f"v0:{int(at)}:".encode() + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(int(at)),
        "X-Slack-Signature": f"v0={digest}",
    }


def _ok(**said: Any) -> Response:
    return JSONResponse({"ok": True, **said})


def _error(word: str) -> Response:
    return JSONResponse({"ok": False, "error": word})


@asynccontextmanager
async def slack_stand_in() -> AsyncGenerator[SlackStandIn]:
    """A workspace that runs inside the block, and whose `faults` must be none at its end."""
    port = free_port_base()
    made = SlackStandIn(f"http://127.0.0.1:{port}")
    routes = [
        Route("/api/{method}", made.api, methods=["POST"]),
        Route("/actions/{place}", made.hear, methods=["POST"]),
    ]
    server = HttpServer(Starlette(routes=routes), host="127.0.0.1", port=port)
    task = asyncio.create_task(server.run())

    async def answers() -> bool:
        async with httpx.AsyncClient() as http:
            try:
                return (await http.get(f"{made.url}/api/x")).status_code == 405
            except httpx.TransportError:
                return False

    try:
        await eventually(answers)
        yield made
        assert made.faults == []
    finally:
        task.cancel()
        await asyncio.wait([task])
