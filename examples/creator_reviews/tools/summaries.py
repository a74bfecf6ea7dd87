"""Shortens a text to the sentences that say most of it."""

import re
from collections import Counter

from examples.creator_reviews.tools.tool import Choice, Input, Texts, Tool

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"[^\W\d_]{4,}")
_SENTENCES = {"short": 1, "medium": 3, "long": 6}


def summarise(inputs: Texts, parameters: Texts) -> str:
    """The sentences with the most frequent words, in the order of the text."""
    sentences = [one.strip() for one in _SENTENCE.split(inputs["text"]) if one.strip()]
    weights = Counter(words_of(inputs["text"]))
    ranked = sorted(
        range(len(sentences)), key=lambda place: (-_weight(sentences[place], weights), place)
    )
    kept = [sentences[place] for place in sorted(ranked[: _SENTENCES[parameters["length"]]])]
    if parameters["shape"] == "points":
        return "\n".join(f"- {one}" for one in kept)
    return " ".join(kept)


def words_of(text: str) -> list[str]:
    """The words that say something: those of four letters or more."""
    return [word.lower() for word in _WORD.findall(text)]


def _weight(sentence: str, weights: Counter[str]) -> float:
    words = words_of(sentence)
    return sum(weights[word] for word in words) / (len(words) + 3)


SUMMARIES = Tool(
    "summaries",
    (Input("text", "The text", 8, "Paste what should be shortened."),),
    (
        Choice("length", "Length", ("medium", "short", "long")),
        Choice("shape", "Shape", ("text", "points")),
    ),
    summarise,
)
