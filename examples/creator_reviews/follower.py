"""Hears from Handraise what happens to reviews, and brings them up to date as it happens."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from examples.creator_reviews.keeper import Keeper
from examples.creator_reviews.question import KIND
from examples.creator_reviews.reviews import Reviews

_SILENCE_SECONDS = 30


class Follower:
    """Reads the stream of server-sent events; whenever it begins anew, reads all open reviews.

    Callbacks alone would bring the ends; claims and messages come this way.
    """

    def __init__(self, url: str, api_key: str, reviews: Reviews, keeper: Keeper) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._reviews = reviews
        self._keeper = keeper

    async def follow(self) -> None:
        """Follow until the stream breaks off.

        Raises httpx.HTTPError, HandraiseError or what the database raises: begin again then.
        """
        patience = httpx.Timeout(_SILENCE_SECONDS, connect=5)
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=patience, trust_env=False) as http,
            http.stream("GET", "/api/v1/stream", headers=self._headers) as answer,
        ):
            answer.raise_for_status()
            await self._read_all()
            async for event, data in _events(answer):
                if event == "reset":
                    await self._read_all()
                elif event == "request" and data["type"] == KIND:
                    await self._hear(data)

    async def _read_all(self) -> None:
        for review_id, request_id in await self._reviews.open():
            await self._keeper.catch_up(review_id, request_id)

    async def _hear(self, told: dict[str, Any]) -> None:
        ours = dict(await self._reviews.open())
        if (review_id := told.get("workflow_id")) in ours:
            await self._keeper.catch_up(review_id, told["id"], told["version"])


async def _events(answer: httpx.Response) -> AsyncGenerator[tuple[str, Any]]:
    """The events of a stream with their data; signs of life are passed over."""
    event, data = "", ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if not line:
            if event:
                yield event, json.loads(data) if data else None
            event, data = "", ""
        elif name == "event":
            event = value.strip()
        elif name == "data":
            data += value.removeprefix(" ")
