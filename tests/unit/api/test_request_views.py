"""Content is laid out by its view: diffs in rows, texts compared, failures with their steps."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.context_view import named
from api.web.request.history import shortened
from api.web.views.diff import Diff, diff_of
from api.web.views.draft import draft_of, edited_context
from api.web.views.highlight import Colours, marked_up
from api.web.views.layout import layout_of
from api.web.views.words import Change, Piece, changed_spans, compare
from tests.support.review_questions import CODE, VIEWS


def laid_out(name: str, view: str) -> Any:
    return layout_of(VIEWS[name]["context"], view)


def texts(diff: Diff) -> list[tuple[str, str]]:
    rows = [row for file in diff.files for stretch in file.stretches for row in stretch.rows]
    return [(row.old.html if row.old else "", row.new.html if row.new else "") for row in rows]


def test_what_goes_stands_beside_what_comes_in_its_place() -> None:
    diff = diff_of("Diff", "@@ -1,2 +1,3 @@\n-a = 1\n+a = 2\n+b = 3\n same\n", prefix="d")
    assert texts(diff) == [
        ("a = <mark>1</mark>", "a = <mark>2</mark>"),
        ("", "b = 3"),
        ("same", "same"),
    ]


def test_in_one_column_what_goes_stands_above_what_comes() -> None:
    text = "@@ -1,2 +1,2 @@\n-a\n-b\n+c\n+d\n"
    diff = diff_of("Diff", text, prefix="d", side_by_side=False)
    assert texts(diff) == [("a", ""), ("b", ""), ("", "c"), ("", "d")]


def test_code_is_coloured_by_its_files_language() -> None:
    (python, sql) = diff_of("Diff", CODE, prefix="d").files
    assert any('<span class="tk">if</span>' in new for _, new in texts_of(python))
    assert any('class="tk">ALTER' in new for _, new in texts_of(sql))


def texts_of(file: Any) -> list[tuple[str, str]]:
    return texts(Diff(name="", files=(file,), side_by_side=True, cut=0, all_shown=False))


def test_a_page_has_its_share_of_colours_and_no_more() -> None:
    colours = Colours(budget_chars=12, budget_pairs=1)
    assert colours.lines("a.py", ["if x: 1"])[0][0].kind == "tk"
    assert colours.lines("a.py", ["if x: 1"])[0][0].kind == ""
    assert colours.changes("a b", "a c") != ((), ())
    assert colours.changes("a b", "a c") == ((), ())


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_comparing_loses_nothing_of_either_text(before: str, after: str) -> None:
    pieces = compare(before, after)
    assert "".join(p.text for p in pieces if p.change is not Change.ADDED) == before
    assert "".join(p.text for p in pieces if p.change is not Change.REMOVED) == after


@pytest.mark.parametrize("size", [2_000, 200_000])
def test_large_texts_are_compared_all_the_same(size: int) -> None:
    before, after = "word " * size, "other " * size
    pieces = compare(before, after)
    assert "".join(p.text for p in pieces if p.change is not Change.ADDED) == before


@settings(deadline=None)
@given(st.text(alphabet="ab <&\u202e", max_size=20), st.text(alphabet="ab <&\u202e", max_size=20))
def test_marks_change_nothing_of_a_line(before: str, after: str) -> None:
    old, new = changed_spans(before, after)
    for text, spans in ((before, old), (after, new)):
        plain = marked_up(Colours().lines("x.unknown", [text])[0], ())
        marked = marked_up(Colours().lines("x.unknown", [text])[0], spans)
        assert marked.replace("<mark>", "").replace("</mark>", "").striptags() == plain.striptags()


def test_a_script_is_shown_and_compared_with_its_original() -> None:
    draft = laid_out("text", "text").draft
    assert (draft.path, draft.is_changed) == (("script",), True)
    assert "Original script" not in [one.name for one in laid_out("text", "text").rest]


def test_the_only_text_of_a_context_is_its_draft() -> None:
    found = draft_of({"number": 1, "pitch": "Buy it\nnow", "place": "Rome"})
    assert found is not None
    assert found.path == ("pitch",)
    assert draft_of({"one": "a", "two": "b"}) is None


@pytest.mark.parametrize(
    ("context", "typed", "edited"),
    [
        ({"script": "a", "n": 1}, "b", {"script": "b", "n": 1}),
        ({"script": "a"}, "a", None),
        ({"script": "a\n"}, "a", None),
        ({"output": {"text": "a", "n": 1}}, "b", {"output": {"text": "b", "n": 1}}),
        ({"output": {"deep": {"x": 1}}}, '{"deep": {"x": 2}}', {"output": {"deep": {"x": 2}}}),
        ({"output": [1]}, "[ 1 ]", None),
    ],
)
def test_an_edit_is_the_context_with_the_text_in_its_place(
    context: dict[str, Any], typed: str, edited: Any
) -> None:
    draft = draft_of(context, ("script", "output"))
    assert draft is not None
    assert edited_context(context, draft, typed) == edited


def test_an_edit_of_json_must_be_json() -> None:
    draft = draft_of({"output": [1]}, ("output",))
    assert draft is not None
    with pytest.raises(ValueError, match=r"JSON|char"):
        edited_context({"output": [1]}, draft, "[1")


def test_inputs_output_and_conversation_stand_apart() -> None:
    split = laid_out("split", "comparison").split
    assert [one.name for one in split.inputs] == ["Days", "Diet", "Dislikes"]
    assert "risotto" in split.output.text
    assert split.talk[0].who == "Rosa"


def test_a_failure_tells_its_message_its_retries_and_its_last_steps() -> None:
    trail = laid_out("failure", "failure").trail
    assert trail.title == "Challenge required"
    assert "SMS" in trail.message
    assert ("Retry count", "3") in [(one.name, one.text) for one in trail.facts]
    assert [step.failed for step in trail.steps] == [False, False, True]
    assert "6-digit" in trail.page_text


def test_risks_come_gravest_first_with_their_places() -> None:
    found = [
        {"severity": "low", "message": "print", "path": "a.py", "line": 3, "rule": "T201"},
        {"severity": "Critical", "title": "drop", "file": "b.sql"},
        "just words",
    ]
    (risk,) = layout_of({"risk": {"level": "low", "findings": found, "score": 1}}, "json").risks
    assert [finding.text for finding in risk.findings] == ["drop", "print", "just words"]
    assert risk.findings[1].place == "a.py:3"
    assert risk.findings[1].more == (("Rule", "T201"),)
    assert (risk.severity, risk.rest[0].name, risk.is_grave) == ("low", "Score", True)


def test_a_list_of_records_is_laid_out_record_by_record() -> None:
    found = named("lines", [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}])
    assert [[(f.name, f.text) for f in record] for record in found.records] == [
        [("Sku", "a"), ("N", "1")],
        [("Sku", "b"), ("N", "2")],
    ]
    assert found.json is None


def test_what_stayed_is_cut_down_to_what_stands_beside_a_change() -> None:
    pieces = (Piece(Change.SAME, "x" * 1000), Piece(Change.ADDED, "new"), Piece(Change.SAME, "y"))
    assert len(shortened(pieces)[0].text) < 200
    assert shortened(pieces)[1:] == pieces[1:]


def test_another_text_under_a_diffs_name_is_a_value() -> None:
    found = layout_of({"diff": "..."}, "diff")
    assert (found.diffs, found.rest[0].text) == ((), "...")
