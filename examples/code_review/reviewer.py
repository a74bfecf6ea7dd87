"""The reviewer's side: what to decide, and the answer."""

import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from handraise import Handraise, Request

from examples.code_review.findings import Finding, Severity
from examples.common.typing_in import typed

_WORDS = {"a": "approve", "r": "reject", "c": "request_changes"}
_GRAVE = (Severity.CRITICAL, Severity.HIGH)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to answer, and why."""

    word: str
    comment: str


def advice(findings: Sequence[Finding]) -> Decision:
    """What a careful reviewer would say: no, where the code itself is gravely wrong."""
    grave = [one for one in findings if one.severity in _GRAVE and one.line is not None]
    if not grave:
        return Decision("approve", "Nothing grave in it.")
    first, others = grave[0], len(grave) - 1
    more = f", and {others} more like it" if others else ""
    return Decision("reject", f"{first.place}: {first.message.rstrip('.')}{more}.")


async def decided(
    wanted: str | None, findings: Sequence[Finding], say: Callable[[str], None]
) -> Decision:
    """The decision that `wanted` names, else that of the person at the terminal.

    Where nobody is there, the advice is followed. Raises EOFError when they leave.
    """
    suggested = advice(findings)
    if wanted is not None:
        word = "request_changes" if wanted == "changes" else wanted
        return Decision(word, "LGTM" if wanted == "approve" else suggested.comment)
    say(f"A careful reviewer would {suggested.word}: {suggested.comment}")
    if not sys.stdin.isatty():
        return suggested
    return await asked(typed, suggested)


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
