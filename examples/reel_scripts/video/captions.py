"""What is said when: a script cut into captions, and their times from the speech."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*[\"\u201d\u2019)]*")
_CAPTION_CHARS = 44


@dataclass(frozen=True, slots=True)
class Caption:
    """Words on the screen, from one second to another."""

    text: str
    begin: float
    end: float


def sentences(script: str) -> list[str]:
    """The sentences of a script; a line end ends one, too."""
    found = (one.strip() for one in _SENTENCE.findall(script))
    return [one for one in found if any(character.isalnum() for character in one)] or [script]


def portions(sentence: str, most: int = _CAPTION_CHARS) -> list[str]:
    """A sentence in pieces that fit on the screen, cut between words, of about the same length."""
    words = sentence.split()
    count = -(-len(sentence) // most)
    goal = len(sentence) / max(count, 1)
    found: list[str] = []
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and len(longer) > min(goal * 1.25, most):
            found.append(line)
            line = word
        else:
            line = longer
    return [*found, line] if line else found


def timed(spoken: Sequence[tuple[str, float]]) -> list[Caption]:
    """The captions of sentences that take so many seconds each; long ones share their time."""
    captions: list[Caption] = []
    at = 0.0
    for sentence, seconds in spoken:
        pieces = portions(sentence)
        letters = sum(map(len, pieces))
        for piece in pieces:
            end = at + seconds * len(piece) / letters
            captions.append(Caption(piece, at, end))
            at = end
    return captions


def webvtt(captions: Sequence[Caption]) -> str:
    """The captions as WebVTT (w3.org/TR/webvtt1)."""
    cues = (f"{_clock(c.begin)} --> {_clock(c.end)}\n{_escaped(c.text)}\n" for c in captions)
    return "WEBVTT\n\n" + "\n".join(cues)


def _clock(seconds: float) -> str:
    whole = round(seconds * 1000)
    minutes, rest = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
