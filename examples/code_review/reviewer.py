"""The reviewer's side: the mail that came, what to decide, and the answer."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from handraise import Handraise, Request

from examples.code_review.findings import Finding, Severity

_MAIL_SECONDS, _MAIL_PAUSE_SECONDS = 15, 0.25
_WORDS = {"a": "approve", "r": "reject", "c": "request_changes"}
_GRAVE = (Severity.CRITICAL, Severity.HIGH)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to answer, and why."""

    word: str
    comment: str


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail, as the local stack's sink shows it."""

    subject: str
    to: str
    text: str


async def mail_about(request: Request, mail_url: str) -> Mail | None:
    """The e-mail about a request, once it is there; None when none comes in a few seconds."""
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
        if request.id in one["text"] or request.id in one["html"]:
            return Mail(one["subject"], ", ".join(one["to"]), one["text"])
    return None


def advice(findings: Sequence[Finding]) -> Decision:
    """What a careful reviewer would say: no, where the code itself is gravely wrong."""
    grave = [one for one in findings if one.severity in _GRAVE and one.line is not None]
    if not grave:
        return Decision("approve", "Nothing grave in it.")
    first, others = grave[0], len(grave) - 1
    more = f", and {others} more like it" if others else ""
    return Decision("reject", f"{first.place}: {first.message.rstrip('.')}{more}.")


async def asked(prompt: Callable[[str], Awaitable[str]], suggested: Decision) -> Decision:
    """What the person at the terminal decides. Raises EOFError when nobody is there."""
    key = ""
    while key not in _WORDS:
        said = await prompt("   [a]pprove, [r]eject or request [c]hanges? ")
        key = said.strip().lower()[:1]
    comment = (await prompt("   a comment (Enter for none): ")).strip()
    if not comment and key != "a":
        comment = suggested.comment
    return Decision(_WORDS[key], comment)


async def typed(prompt: str) -> str:
    """A line from the terminal, while everything else goes on. Raises EOFError at its end."""
    print(prompt, end="", flush=True)
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sys.stdin, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(sys.stdin)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


async def answer(hand: Handraise, request: Request, decision: Decision) -> float:
    """Answer what was seen, and nothing that was revised since; how many ms it took."""
    began = time.monotonic()
    await hand.respond(
        request.id,
        decision=decision.word,
        comment=decision.comment,
        revision=request.revision or 1,
        content_hash=request.content_hash or "",
    )
    return (time.monotonic() - began) * 1000
