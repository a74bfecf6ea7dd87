"""The e-mails that the local stack has sent, as its mail sink shows them."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from handraise import Request

_MAIL_SECONDS, _MAIL_PAUSE_SECONDS = 15, 0.25


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail, as the local stack's sink shows it."""

    subject: str
    to: str
    text: str


async def mail_about(request: Request, mail_url: str) -> Mail | None:
    """The e-mail about a request, once it is there; None when none comes in a few seconds.

    Mails to people hold a link of their own and not the request's id: those are known by its title.
    """
    async with httpx.AsyncClient(base_url=mail_url, timeout=_MAIL_SECONDS, trust_env=False) as http:
        try:
            async with asyncio.timeout(_MAIL_SECONDS):
                while True:
                    found = _about(request, await _mails(http))
                    if found is not None:
                        return found
                    await asyncio.sleep(_MAIL_PAUSE_SECONDS)
        except (TimeoutError, httpx.HTTPError, ValueError, KeyError):
            return None


async def _mails(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await http.get("/messages")).raise_for_status().json()["items"]


def _about(request: Request, mails: list[dict[str, Any]]) -> Mail | None:
    for one in reversed(mails):
        if (
            request.id in one["text"] + one["html"]
            or (request.title or request.id) in one["subject"]
        ):
            return Mail(one["subject"], ", ".join(one["to"]), one["text"])
    return None
