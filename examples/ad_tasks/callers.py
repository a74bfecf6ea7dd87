"""Knows who calls: by a Handraise credential, which only Handraise itself can tell the worth of."""

import base64
import binascii
import hashlib
import time
from typing import Annotated, Final

import httpx
from fastapi import Depends, HTTPException, Request

from examples.ad_tasks.access import Caller

_REMEMBERED_SECONDS: Final = 5
_REMEMBERED: Final = 1000


class Callers:
    """Asks Handraise who holds a credential, and remembers the answer for some seconds."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self._known: dict[bytes, tuple[float, Caller]] = {}

    async def of(self, authorization: str | None) -> Caller | None:
        """Who sends this header: a bearer credential, or a person's address and password."""
        if not authorization:
            return None
        name = hashlib.sha256(authorization.encode()).digest()
        known = self._known.get(name)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        bearer = await self._bearer(authorization)
        found = None if bearer is None else await self._ask(bearer)
        if found is not None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = (time.monotonic() + _REMEMBERED_SECONDS, found)
        return found

    async def _bearer(self, authorization: str) -> str | None:
        scheme, _, said = authorization.partition(" ")
        if scheme.lower() == "bearer":
            return said
        if scheme.lower() != "basic":
            return None
        try:
            email, _, password = base64.b64decode(said, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        signed = await self._http.post(
            f"{self._url}/api/v1/auth/token", json={"email": email, "password": password}
        )
        return signed.json()["access_token"] if signed.is_success else None

    async def _ask(self, bearer: str) -> Caller | None:
        answer = await self._http.get(
            f"{self._url}/api/v1/me", headers={"Authorization": f"Bearer {bearer}"}
        )
        if not answer.is_success:
            return None
        told = answer.json()
        return Caller(
            kind=told["kind"],
            id=told["id"],
            roles=tuple(told["roles"]),
            teams=tuple(told["teams"]),
        )


async def known_caller(request: Request) -> Caller:
    """The caller of a request; 401 for a stranger, 503 while Handraise can't be asked."""
    callers: Callers = request.app.state.callers
    try:
        caller = await callers.of(request.headers.get("authorization"))
    except httpx.HTTPError:
        raise HTTPException(503, "Handraise can't be asked who you are") from None
    if caller is None:
        raise HTTPException(
            401,
            "Send a Handraise credential: a bearer key or token, or sign in",
            headers={"WWW-Authenticate": 'Basic realm="Ad platform", charset="UTF-8"'},
        )
    return caller


KnownCaller = Annotated[Caller, Depends(known_caller)]
