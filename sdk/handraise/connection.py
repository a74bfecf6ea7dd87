"""The connections of both clients: made, shared and closed, and what is sent over them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx

from handraise.calls import Call, Lost, Reply
from handraise.exchange import LIMITS, lost, received, sending
from handraise.flows import Flow
from handraise.models import Request
from handraise.pace import Pace
from handraise.seen import Seen
from handraise.settings import checked, from_environment

T = TypeVar("T")


class Connection:
    """To the service, for code with an event loop."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        pace: Pace | None = None,
        http: httpx.AsyncClient | None = None,
        person: str | None = None,
        seen: Seen | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`http` is a client of your own, for proxies or certificates; it is not closed.

        `person` is in whose name a key with `act_for` speaks, by id. `seen` is what is known of
        requests, for clients that share it.
        """
        self._url, self._key = checked(url, api_key)
        self._pace = pace or Pace()
        self._own_http = http is None
        self._http = http or httpx.AsyncClient(limits=LIMITS)
        self._sleep = sleep
        self._person = person
        self._seen = seen or Seen()

    @classmethod
    def from_env(cls) -> Self:
        """Reads `HANDRAISE_URL` and `HANDRAISE_API_KEY`; raises `NotConfigured`."""
        return cls(*from_environment())

    def acting_for(self, person_id: str) -> Self:
        """A client that speaks in a person's name, for keys with `act_for`.

        It shares this one's connections, so close only this one.
        """
        return type(self)(
            self._url,
            self._key,
            pace=self._pace,
            http=self._http,
            person=person_id,
            seen=self._seen,
            sleep=self._sleep,
        )

    def met(self, request: Request) -> None:
        """Take note of a request that came by another way, such as a callback.

        What is read of it from now on is at least as new.
        """
        self._seen.note(request)

    async def close(self) -> None:
        """Give up the connections."""
        if self._own_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _run(self, flow: Flow[T]) -> T:
        try:
            call = next(flow)
            while True:
                call = flow.send(await self._exchange(call))
        except StopIteration as done:
            return done.value

    async def _exchange(self, call: Call) -> Reply | Lost:
        if call.after_seconds > 0:
            await self._sleep(call.after_seconds)
        try:
            return received(
                await self._http.request(**sending(self._url, self._key, call, self._person))
            )
        except httpx.RequestError as error:
            return lost(error)


class SyncConnection:
    """To the service, for code without an event loop."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        pace: Pace | None = None,
        http: httpx.Client | None = None,
        person: str | None = None,
        seen: Seen | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`http` is a client of your own, for proxies or certificates; it is not closed.

        `person` is in whose name a key with `act_for` speaks, by id. `seen` is what is known of
        requests, for clients that share it.
        """
        self._url, self._key = checked(url, api_key)
        self._pace = pace or Pace()
        self._own_http = http is None
        self._http = http or httpx.Client(limits=LIMITS)
        self._sleep = sleep
        self._person = person
        self._seen = seen or Seen()

    @classmethod
    def from_env(cls) -> Self:
        """Reads `HANDRAISE_URL` and `HANDRAISE_API_KEY`; raises `NotConfigured`."""
        return cls(*from_environment())

    def acting_for(self, person_id: str) -> Self:
        """A client that speaks in a person's name, for keys with `act_for`.

        It shares this one's connections, so close only this one.
        """
        return type(self)(
            self._url,
            self._key,
            pace=self._pace,
            http=self._http,
            person=person_id,
            seen=self._seen,
            sleep=self._sleep,
        )

    def met(self, request: Request) -> None:
        """Take note of a request that came by another way, such as a callback.

        What is read of it from now on is at least as new.
        """
        self._seen.note(request)

    def close(self) -> None:
        """Give up the connections."""
        if self._own_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        try:
            call = next(flow)
            while True:
                call = flow.send(self._exchange(call))
        except StopIteration as done:
            return done.value

    def _exchange(self, call: Call) -> Reply | Lost:
        if call.after_seconds > 0:
            self._sleep(call.after_seconds)
        told = sending(self._url, self._key, call, self._person)
        try:
            return received(self._http.request(**told))
        except httpx.RequestError as error:
            return lost(error)
