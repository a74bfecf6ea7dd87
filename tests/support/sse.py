"""Reads server-sent events, as a browser would."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `name` is empty for a mere sign of life."""

    id: str
    name: str
    data: Any


class Events:
    """The events of one connection, in order."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.last_id = ""

    async def next(self, *names: str, within_seconds: float = 20) -> Event:
        """The next event of one of these names that has a place; others are passed over."""
        async with asyncio.timeout(within_seconds):
            while True:
                event = await self._one()
                if event.id and event.name in names:
                    return event

    async def _one(self) -> Event:
        fields = {"id": "", "event": "", "data": ""}
        async for line in self._lines:
            name, _, value = line.partition(":")
            if line == "":
                self.last_id = fields["id"] or self.last_id
                data = json.loads(fields["data"]) if fields["data"] else None
                return Event(self.last_id, fields["event"], data)
            fields[name] = value.removeprefix(" ")
        raise EOFError


@asynccontextmanager
async def following(client: httpx.AsyncClient, last_event_id: str = "") -> AsyncGenerator[Events]:
    """A connection to the stream that has said hello."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with client.stream("GET", "/api/v1/stream", headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Events(answer)
