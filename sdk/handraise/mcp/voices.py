"""In whose name a tool speaks: as the asker, and where only people may, as the person behind it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

import httpx
from starlette.requests import Request

from handraise.client import Handraise
from handraise.pace import Pace

ACT_FOR: Final = "Handraise-Act-For"
"""The header that names the person in whose name a key speaks."""

_KEY_PREFIX: Final = "hr_"


class NoPerson(Exception):
    """Only a person may do this, and the connection speaks for none."""

    def __init__(self) -> None:
        super().__init__(
            "Only a person may do this, and this connection speaks as an agent. Connect with a"
            " person's token, or with a key that has the ability act_for and names the person"
            f" (HANDRAISE_ACT_FOR, over HTTP the header {ACT_FOR})."
        )


@dataclass(frozen=True, slots=True)
class Voices:
    """The clients of one caller.

    `asking` speaks as the credential does. `deciding` speaks as a person; None for an agent's key
    that names nobody.
    """

    asking: Handraise
    deciding: Handraise | None

    def person(self) -> Handraise:
        """The client that speaks as a person. Raises `NoPerson`."""
        if self.deciding is None:
            raise NoPerson
        return self.deciding


Door: TypeAlias = Callable[[Request | None], AbstractAsyncContextManager[Voices]]
"""Finds the voices of a call: by its HTTP request, or None where it came over stdio."""


def voices_of(
    url: str,
    credential: str,
    person: str | None,
    *,
    http: httpx.AsyncClient | None = None,
    pace: Pace | None = None,
) -> Voices:
    """The voices of a credential: an API key, which may name a person, or a person's token.

    Raises `NotConfigured` where address or credential can't be one.
    """
    asking = Handraise(url, credential, http=http, pace=pace)
    if not credential.startswith(_KEY_PREFIX):
        return Voices(asking, asking)
    return Voices(asking, asking.acting_for(person) if person else None)


def bearer_in(headers: Mapping[str, str]) -> str | None:
    """The bearer credential that the headers carry, or None."""
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    return credential.strip() or None if scheme.lower() == "bearer" else None
