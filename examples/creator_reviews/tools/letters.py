"""Writes a letter from its points, in a tone and at a length."""

from dataclasses import dataclass

from examples.creator_reviews.tools.tool import Choice, Input, Texts, Tool


@dataclass(frozen=True, slots=True)
class _Tone:
    greeting: str
    opening: str
    joints: tuple[str, ...]
    closing: str
    farewell: str


_TONES = {
    "formal": _Tone(
        "Dear {},",
        "I am writing to inform you of the following matters.",
        ("First, please note: ", "Furthermore: ", "In addition: "),
        "Should you require further information, please do not hesitate to contact me.",
        "Yours faithfully,",
    ),
    "neutral": _Tone(
        "Hello {},",
        "Here is what you should know.",
        ("", "Also: ", "And: "),
        "Let me know if anything is unclear.",
        "Kind regards,",
    ),
    "friendly": _Tone(
        "Hi {}!",
        "I hope you are having a lovely week. A few words from me:",
        ("So, ", "Oh, and ", "One more thing: "),
        "Just shout if you need anything at all!",
        "All the best,",
    ),
}


def write(inputs: Texts, parameters: Texts) -> str:
    """The letter: each line of the points becomes a sentence."""
    tone = _TONES[parameters["tone"]]
    lines = [line.strip(" \t-*•") for line in inputs["points"].splitlines()]
    points = [line for line in lines if line]
    sentences = [
        _sentence(tone.joints[min(place, len(tone.joints) - 1)] + point)
        for place, point in enumerate(points)
    ]
    if parameters["length"] == "short":
        body = [" ".join(_sentence(point) for point in points)]
    else:
        body = [tone.opening, *sentences, tone.closing]
    greeting = tone.greeting.format(inputs["recipient"])
    return "\n\n".join([greeting, *body, f"{tone.farewell}\n{inputs['sender']}"])


def _sentence(point: str) -> str:
    begun = point[:1].upper() + point[1:]
    return begun if begun.endswith((".", "!", "?")) else f"{begun}."


LETTERS = Tool(
    "letters",
    (
        Input("recipient", "To whom", 1, "Mrs Okafor"),
        Input("points", "What it should say, a point a line", 5, "the parcel comes on Tuesday"),
        Input("sender", "From whom", 1, "Ursula"),
    ),
    (
        Choice("tone", "Tone", ("formal", "neutral", "friendly")),
        Choice("length", "Length", ("full", "short")),
    ),
    write,
)
