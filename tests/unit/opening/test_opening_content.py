"""Revisions, answers and patches against what a reviewer saw."""

import json
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import Attachment, DecisionOption, Means
from kernel.canonical import canonical
from kernel.content import (
    Content,
    check_answer,
    named_files,
    needs_data,
    patch_between,
    revise_command,
)
from kernel.errors import Invalid
from kernel.question import Revision
from kernel.validation import validated

CURRENT = Content(
    kind="approval",
    title="May I?",
    description="words",
    context={"diff": "a"},
    form=None,
    decisions=(DecisionOption(name="approve", label="Approve", means=Means.APPROVE),),
    attachments=(),
)
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["size"],
    "properties": {"size": {"type": "integer"}},
}


def revision(**fields: Any) -> Revision:
    return validated(Revision, fields)


def test_what_a_revision_leaves_out_stays() -> None:
    command = revise_command(revision(context={"diff": "b"}, note="as you asked"), CURRENT)
    assert (command.title, command.description) == ("May I?", "words")
    assert json.loads(command.context) == {"diff": "b"}
    assert command.note == "as you asked"
    assert command.content_hash != CURRENT.hash()


def test_a_revision_that_changes_nothing_keeps_the_hash() -> None:
    assert revise_command(revision(note="see below"), CURRENT).content_hash == CURRENT.hash()


def test_a_revision_may_not_bring_an_unsound_form_or_unknown_fields() -> None:
    with pytest.raises(Invalid) as caught:
        revise_command(revision(form={"type": "strin"}), CURRENT)
    assert caught.value.flaws[0].pointer == "/form/type"
    with pytest.raises(Invalid) as unknown:
        revision(priority="urgent")
    assert unknown.value.flaws[0].pointer == "/priority"


PLAN = Attachment(id="f1", name="a.pdf", sha256="0" * 64, size_bytes=1, media_type="a/pdf")
DIFF = Attachment(id="f2", name="b.txt", sha256="1" * 64, size_bytes=2, media_type="text/plain")
KNOWN = {"f1": PLAN, "f2": DIFF}


def test_files_are_named_by_their_ids_in_order_and_may_get_another_name() -> None:
    given_files = revision(attachments=["f2", {"id": "f1", "name": "plan.pdf"}]).attachments or []
    assert named_files(given_files, KNOWN) == (DIFF, replace(PLAN, name="plan.pdf"))


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (["f3"], "/attachments/0"),
        (["f1", "f3"], "/attachments/1"),
        (["f1", "f1"], "/attachments/1"),
        ([{"id": "f1", "sha256": "1" * 64}], "/attachments/0"),
    ],
)
def test_a_file_that_is_not_there_or_is_another_is_refused_at_its_place(
    files: list[Any], place: str
) -> None:
    with pytest.raises(Invalid) as caught:
        named_files(revision(attachments=files).attachments or [], KNOWN)
    assert [flaw.pointer for flaw in caught.value.flaws] == [place]


def test_a_revision_that_names_no_files_keeps_those_there_are() -> None:
    current = replace(CURRENT, attachments=(PLAN,))
    assert revise_command(revision(title="Again?"), current).attachments == (PLAN,)
    assert revise_command(revision(attachments=[]), current).attachments == ()
    other = revise_command(revision(attachments=["f2"]), current, (DIFF,))
    assert other.attachments == (DIFF,)
    assert other.content_hash != current.hash()


@pytest.mark.parametrize(
    ("data", "form", "means"),
    [
        (None, None, Means.APPROVE),
        ({"size": 3}, FORM, Means.ANSWER),
        (None, FORM, Means.REJECT),
        (None, FORM, Means.CHANGES),
        (None, FORM, Means.COULD_NOT_COMPLETE),
        (None, {"type": "object"}, Means.APPROVE),
        ({"size": 3}, FORM, Means.REJECT),
    ],
)
def test_an_answer_that_fits_passes(data: Any, form: Any, means: Means) -> None:
    check_answer(data, form, means)


@pytest.mark.parametrize(
    ("data", "form", "means", "place"),
    [
        ({"size": 3}, None, Means.APPROVE, "/data"),
        (None, FORM, Means.APPROVE, "/data"),
        (None, FORM, Means.ANSWER, "/data"),
        ({"size": "3"}, FORM, Means.ANSWER, "/data/size"),
        ({"size": "3"}, FORM, Means.REJECT, "/data/size"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    data: Any, form: Any, means: Means, place: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check_answer(data, form, means)
    assert [flaw.pointer for flaw in caught.value.flaws] == [place]


@pytest.mark.parametrize(
    ("form", "needs"),
    [
        (None, False),
        ({}, False),
        ({"type": "object"}, False),
        ({"required": []}, False),
        (FORM, True),
        ({"minProperties": 1}, True),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, True),
        ({"type": "integer"}, True),
    ],
    ids=str,
)
def test_a_form_needs_data_just_where_a_bare_approval_misses_it(form: Any, needs: bool) -> None:
    assert needs_data(form) is needs
    with pytest.raises(Invalid) if needs else nullcontext():
        check_answer(None, form, Means.APPROVE)


def test_a_revision_says_whether_its_form_needs_data() -> None:
    assert not revise_command(revision(title="Again?"), CURRENT).needs_data
    assert revise_command(revision(form=FORM), CURRENT).needs_data
    formed = replace(CURRENT, form=FORM)
    assert revise_command(revision(title="Again?"), formed).needs_data
    assert not revise_command(revision(form={"type": "object"}), formed).needs_data


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 2)
    | st.sampled_from([0.0, 1.0, 0.5])
    | st.text("a/~"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("ab/~"), inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=500, deadline=None)
@given(values, values)
def test_the_patch_makes_the_edited_out_of_the_original(original: Any, edited: Any) -> None:
    patch = patch_between(original, edited)
    assert canonical(jsonpatch.apply_patch(original, patch)) == canonical(edited)
    assert (patch == []) is (canonical(original) == canonical(edited))


def test_the_patch_says_what_changed_not_all() -> None:
    original = {"title": "a", "body": "long " * 100, "tags": ["x"]}
    edited = {**original, "title": "b", "tags": ["x", "y"]}
    assert patch_between(original, edited) == [
        {"op": "replace", "path": "/title", "value": "b"},
        {"op": "add", "path": "/tags/1", "value": "y"},
    ]


def test_a_large_document_is_replaced_whole() -> None:
    original, edited = [[n] for n in range(20_000)], [[n] for n in range(20_000, 0, -1)]
    assert patch_between(original, edited) == [{"op": "replace", "path": "", "value": edited}]
