"""The kinds editor: what it reads and refuses, and what it says a kind will do."""

import pytest

from api.web.admin.kind_preview import preview_of
from api.web.admin.kind_text import NEW, builtin_text, read_kind, text_of
from api.web.admin.kind_words import answering, course
from task_kinds.flaws import BadKind, Flaw
from task_kinds.loader import builtin_kinds


def flaws_in(text: str, name: str | None = None) -> tuple[Flaw, ...]:
    with pytest.raises(BadKind) as bad:
        read_kind(text, name)
    return bad.value.flaws


@pytest.mark.parametrize("name", sorted(builtin_kinds()))
def test_a_kind_written_for_the_editor_and_read_again_is_the_same(name: str) -> None:
    kind = builtin_kinds()[name]
    assert read_kind(text_of(kind.definition), name).version == kind.version
    assert read_kind(builtin_text(name), name).version == kind.version


@pytest.mark.parametrize("text", ["1e5", "no", "1:30", "2026-01-05", "0x1f", "null", "+1", ""])
def test_texts_that_look_like_something_else_stay_texts(text: str) -> None:
    definition = {**builtin_kinds()["approval"].definition, "description": f"{text}"}
    assert read_kind(text_of(definition)).description == text


def test_what_a_new_kind_begins_with_holds() -> None:
    assert read_kind(NEW).name == "my_kind"


def test_a_flaw_is_told_at_its_line() -> None:
    (flaw,) = flaws_in(NEW.replace("priority: medium", "priority: middling"))
    assert NEW.split("\n")[(flaw.line or 0) - 1] == "priority: medium"
    assert flaw.place == "priority"


def test_a_kind_keeps_the_name_of_its_page() -> None:
    (flaw,) = flaws_in(NEW, "another")
    assert (flaw.place, flaw.line) == ("kind", 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [x, x]\nb: *a\n", "aliases"),
        ("[" * 5000, "nested deeper"),
        ("a: [", "not YAML"),
        ("a: \x07", "not YAML"),
        ("a: 1\na: 2\n", "twice"),
        ("", "empty"),
        ("x" * 70_000, "more than"),
    ],
)
def test_what_could_choke_the_reader_is_refused_in_words(text: str, words: str) -> None:
    assert words in " ".join(flaw.detail for flaw in flaws_in(text))


def test_what_happens_while_nobody_answers_is_told_in_order() -> None:
    kind = read_kind(NEW)
    assert course(kind, kind.usual) == [
        "At once: those who may answer are told (email, web).",
        "After 12 h: team lead is told: role lead.",
        "After 20 h: a reminder.",
        "After 23 h: a reminder.",
        "After 1 d: it closes without an answer.",
    ]


def test_who_may_answer_is_told() -> None:
    text = NEW + "quorum: 2\ncandidates:\n  teams: [payments]\n"
    assert answering(read_kind(text)) == [
        "Team payments may answer.",
        "Nobody answers what they asked themselves.",
        "2 of them must agree.",
    ]


def test_the_preview_shows_an_example_escaped_and_its_facets() -> None:
    seen = preview_of(
        builtin_kinds()["approval"],
        '{"note": "<script>", "risk_assessment": {"level": "high"}}',
    )
    assert "<script>" not in seen.content
    assert "&lt;script&gt;" in seen.content
    assert ("risk", "high") in seen.facets
    assert [one.name for one in seen.decisions] == ["approve", "reject", "request_changes"]


def test_an_example_that_is_no_object_is_told_and_the_rest_still_shown() -> None:
    seen = preview_of(builtin_kinds()["approval"], "[1, 2")
    assert "no JSON object" in seen.fault
    assert seen.title == "Approval"
