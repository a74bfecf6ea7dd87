"""A rewriter of plain rules: works without a network, and gives the same text each time."""

import re
from collections.abc import Sequence

from examples.reel_scripts.rewriting.port import Brief

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_FILLERS = re.compile(
    r"\b(?:actually|basically|really|very|just|quite|simply|in order to(?= ))\s+", re.IGNORECASE
)
_HOOKS = (
    "Here is something worth ten seconds.",
    "Stop scrolling for a moment.",
    "Most people get this wrong.",
    "What if this took half the time?",
    "Nobody told me this either.",
    "One small thing, and it changes the day.",
    "Let me show you.",
)
_CLOSINGS = (
    "Try it today.",
    "Save this for later.",
    "Tell me how it goes.",
    "Send it to a friend who needs it.",
    "Follow along for the next one.",
)
_SHORT_SENTENCES, _LEAST_WORDS = 2, 4


class RuleRewriter:
    """Puts a hook before the script, trims its sentences, and closes with a call."""

    name = "rules"

    async def rewrite(self, brief: Brief) -> str:
        """The other text."""
        return rewritten(brief)


def rewritten(brief: Brief) -> str:
    """The script by the rules; each of 35 attempts pairs another hook with another closing.

    Instructions that are understood: shorter; no hook; no call.
    """
    wanted = (brief.instructions or "").lower()
    turn = brief.attempt - 1
    hook = "" if "no hook" in wanted else _HOOKS[turn % len(_HOOKS)]
    closing = "" if "no call" in wanted else _CLOSINGS[turn % len(_CLOSINGS)]
    body = [_trimmed(one) for one in _sentences(brief.script)]
    if "short" in wanted:
        body = body[:_SHORT_SENTENCES]
    return "\n".join(filter(None, [hook, *_varied(body, turn), closing]))


def _sentences(script: str) -> list[str]:
    return [found.strip() for found in _SENTENCE.findall(script) if found.strip(" .!?")]


def _trimmed(sentence: str) -> str:
    text = _FILLERS.sub("", sentence)
    if len(text.split()) < _LEAST_WORDS:
        text = sentence
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else f"{text}."


def _varied(sentences: Sequence[str], turn: int) -> list[str]:
    """The sentences; every other attempt asks the first one as a question of its own."""
    if turn % 2 == 0 or not sentences:
        return list(sentences)
    return [f"Did you know? {sentences[0]}", *sentences[1:]]
