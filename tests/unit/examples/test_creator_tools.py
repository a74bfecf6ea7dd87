"""The agents of the marketplace: what they make of texts, and what they refuse."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from examples.creator_reviews.catalog import Agent, User
from examples.creator_reviews.question import question_about
from examples.creator_reviews.refusals import Wrong
from examples.creator_reviews.tools.all import TOOLS

LETTER = {"recipient": "Ada", "points": "- it rains\n\n* bring a coat!", "sender": "Ursula"}
TEXT = "The parcel is late. It rains. The parcel office keeps the parcel. Nobody knows why."


def made(tool: str, inputs: dict[str, str], **parameters: str) -> str:
    found = TOOLS[tool]
    return found.run(found.checked_inputs(inputs), found.settled(parameters))


@pytest.mark.parametrize(
    ("tone", "words"), [("formal", "Dear Ada,"), ("neutral", "Hello Ada,"), ("friendly", "Hi Ada!")]
)
def test_a_letter_has_its_tone_and_all_its_points(tone: str, words: str) -> None:
    letter = made("letters", LETTER, tone=tone)
    assert letter.startswith(words)
    assert "t rains." in letter
    assert "ring a coat!" in letter
    assert letter.endswith("\nUrsula")


def test_a_short_letter_says_the_points_and_no_more() -> None:
    short = made("letters", LETTER, length="short")
    assert "It rains. Bring a coat!" in short
    assert len(short) < len(made("letters", LETTER))


def test_a_summary_keeps_the_sentences_that_say_most_in_their_order() -> None:
    shortest = made("summaries", {"text": TEXT}, length="short")
    assert shortest == "The parcel office keeps the parcel."
    points = made("summaries", {"text": TEXT}, shape="points").splitlines()
    assert len(points) == 3
    assert points[0] == "- The parcel is late."


def test_headlines_come_in_three_even_of_a_single_word() -> None:
    assert len(made("headlines", {"text": "parcel"}).splitlines()) == 3
    assert "Parcel" in made("headlines", {"text": "parcel"}, tone="lively")


@pytest.mark.parametrize(
    "inputs", [{}, {**LETTER, "points": "  "}, {**LETTER, "sender": "x" * 20_001}]
)
def test_inputs_that_are_missing_or_endless_are_refused(inputs: dict[str, str]) -> None:
    with pytest.raises(Wrong):
        made("letters", inputs)


@pytest.mark.parametrize("parameters", [{"tone": "rude"}, {"volume": "loud"}, {"tone": ""}])
def test_parameters_that_a_tool_does_not_know_are_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(Wrong):
        TOOLS["letters"].settled(parameters)


def test_a_rerun_changes_only_what_it_names() -> None:
    base = {"tone": "neutral", "length": "short"}
    assert TOOLS["letters"].settled({"tone": "friendly"}, base) == {**base, "tone": "friendly"}


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"parameters": {"tone": "friendly"}}, True),
        ({}, True),
        ({"parameters": {"tone": "rude"}}, False),
        ({"parameters": {"volume": "loud"}}, False),
    ],
)
def test_the_question_takes_only_parameters_that_the_agent_has(
    data: dict[str, Any], *, fits: bool
) -> None:
    assert Draft202012Validator(asked()["form"]).is_valid(data) is fits


def test_the_question_shows_inputs_output_and_note_to_the_creator_alone() -> None:
    question = asked(note="Too formal,\ncan you  help? " + "x" * 200)
    assert question["routing"]["people"] == ["p-carla"]
    context = question["context"]
    assert context["inputs"] == LETTER
    assert context["output"] == "Dear Ada"
    assert context["conversation"][0]["text"].startswith("Too formal")
    assert question["title"].startswith("Letter writer: Too formal, can you help?")
    assert len(question["title"]) < 140


def asked(note: str = "Too formal") -> Any:
    agent = Agent("letters", "Letter writer", "", "letters", "carla", 5, True, 45, 60)
    user = User("ursula", "Ursula", "ursula@example.org", None)
    execution = {"inputs": LETTER, "parameters": {}, "original_output": "Dear Ada"}
    return question_about(agent, user, "p-carla", execution, note)
