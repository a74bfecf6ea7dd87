"""Proposes headlines for a text, from the words that it uses most."""

from collections import Counter

from examples.creator_reviews.tools.summaries import words_of
from examples.creator_reviews.tools.tool import Choice, Input, Texts, Tool

_SHAPES = {
    "plain": ("{} and {}", "About {}", "{}: what to know"),
    "lively": ("{}, meet {}!", "Why everybody talks about {}", "{}, and nothing but"),
}


def propose(inputs: Texts, parameters: Texts) -> str:
    """Three headlines, a line each."""
    found = [word.capitalize() for word, _ in Counter(words_of(inputs["text"])).most_common(2)]
    first, second = (*found, "this", "that")[:2]
    return "\n".join(shape.format(first, second) for shape in _SHAPES[parameters["tone"]])


HEADLINES = Tool(
    "headlines",
    (Input("text", "The text", 8, "Paste what needs a headline."),),
    (Choice("tone", "Tone", ("plain", "lively")),),
    propose,
)
