"""A revision over MCP that is sent again finds what has come of the first."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from handraise.mcp.server import make_server
from handraise.mcp.voices import Voices
from mcp import Client
from starlette.requests import Request

from tests.unit.sdk.service import Service, hand_over


async def test_a_revision_that_is_sent_again_tells_what_is_wanted_by_now() -> None:
    service = Service()

    @asynccontextmanager
    async def door(request: Request | None) -> AsyncGenerator[Voices]:
        yield Voices(hand_over(service), None)

    async with Client(make_server(door)) as client:
        asked = await client.call_tool("ask_human", {"title": "Go?", "wait_seconds": 0})
        task_id = _told(asked)["task_id"]
        service.ask_for_changes(task_id)
        revision = {"task_id": task_id, "title": "Go now?", "idempotency_key": "k"}
        await client.call_tool("revise_human_task", {**revision, "wait_seconds": 0})
        service.ask_for_changes(task_id, at="2025-01-15T12:00:00Z")
        service.calls.clear()
        again = await client.call_tool("revise_human_task", {**revision, "wait_seconds": 30})
    assert _told(again)["status"] == "changes_requested"
    assert [path for _, path in service.calls if path.endswith("/wait")] == [f"/{task_id}/wait"]


def _told(result: Any) -> dict[str, Any]:
    return result.structured_content
