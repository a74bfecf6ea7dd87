"""The reviewer's side: the mail that came, what to decide, and the answer."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
from handraise import Handraise, Request

from examples.code_review.findings import Finding, Severity

_MAIL_TRIES, _MAIL_PAUSE_SECONDS = 40, 0.25
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
    """The e-mail about a request, once it is there; None when none comes within ten seconds."""
    async with httpx.AsyncClient(base_url=mail_url, timeout=5, trust_env=False) as http:
        for _ in range(_MAIL_TRIES):
            try:
                items = (await http.get("/messages")).raise_for_status().json()["items"]
            except (httpx.HTTPError, ValueError, KeyError):
                return None
            for item in reversed(items):
                if request.id in item["text"] or request.id in item["html"]:
                    return Mail(item["subject"], ", ".join(item["to"]), item["text"])
            await asyncio.sleep(_MAIL_PAUSE_SECONDS)
    return None


def advice(findings: Sequence[Finding]) -> Decision:
    """What a careful reviewer would say: no, where the code itself is gravely wrong."""
    grave = [one for one in findings if one.severity in _GRAVE and one.line is not None]
    if not grave:
        return Decision("approve", "Nothing grave in it.")
    first, others = grave[0], len(grave) - 1
    more = f", and {others} more like it" if others else ""
    return Decision("reject", f"{first.place}: {first.message.rstrip('.')}{more}.")


def asked(prompt: Callable[[str], str], suggested: Decision) -> Decision:
    """What the person at the terminal decides. Raises EOFError when nobody is there."""
    while True:
        key = prompt("   [a]pprove, [r]eject or request [c]hanges? ").strip().lower()[:1]
        if key in _WORDS:
            break
    comment = prompt("   a comment (Enter for none): ").strip()
    if not comment and key != "a":
        comment = suggested.comment
    return Decision(_WORDS[key], comment)


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
