"""A question's form is laid out, filled in, read back, and told what is wrong with it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.request.form_data import data_of, told_flaws
from api.web.request.form_fields import Field, Fields
from api.web.request.form_schema import Asks
from api.web.request.typed import Typed, typed_in
from kernel.errors import Flaw
from task_kinds.answers import answer_flaws
from task_kinds.forms import form_flaws

FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "default": 5, "maximum": 9},
        "notify": {"type": "boolean"},
        "size": {"enum": [1, "two"]},
        "note": {"type": "string", "maxLength": 500},
        "who": {"$ref": "#/$defs/person"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "team": {"type": "array", "items": {"$ref": "#/$defs/person"}},
        "colours": {"type": "array", "uniqueItems": True, "items": {"enum": ["r", "g", "b"]}},
        "odd": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "a/b~c.d": {"type": "string"},
    },
    "required": ["limit"],
    "$defs": {
        "person": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "born": {"type": "string", "format": "date"},
            },
            "required": ["name"],
        }
    },
}


def laid_out(form: dict[str, Any], typed: Typed | None = None, **flaws: Any) -> dict[str, Field]:
    root = Fields(form, typed or Typed(), flaws.get("flaws", {})).root()
    found: dict[str, Field] = {}

    def walk(field: Field) -> None:
        found[field.pointer] = field
        for inner in field.fields:
            walk(inner)

    walk(root)
    return found


def sent(fields: dict[str, str]) -> Typed:
    return typed_in(fields).compact()


def test_each_value_is_asked_for_in_its_own_way() -> None:
    fields = laid_out(FORM)
    assert {name: field.asks for name, field in fields.items()} == {
        "": Asks.GROUP,
        "/limit": Asks.WHOLE,
        "/notify": Asks.YES_NO,
        "/size": Asks.CHOICE,
        "/note": Asks.LONG,
        "/who": Asks.GROUP,
        "/who/name": Asks.TEXT,
        "/who/born": Asks.DATE,
        "/tags": Asks.ROWS,
        "/tags/0": Asks.TEXT,
        "/team": Asks.ROWS,
        "/team/0": Asks.GROUP,
        "/team/0/name": Asks.TEXT,
        "/team/0/born": Asks.DATE,
        "/colours": Asks.SEVERAL,
        "/odd": Asks.JSON,
        "/a~1b~0c.d": Asks.TEXT,
    }
    assert (fields["/limit"].value, fields["/limit"].required) == ("5", True)
    assert fields["/limit"].bounds == "at most 9"
    assert fields["/who/name"].required


def test_no_two_elements_share_an_id() -> None:
    fields = laid_out({"properties": {"a/b": {}, "a~1b": {}, "a": {"properties": {"b": {}}}}})
    assert len({field.id for field in fields.values()}) == len(fields)


def test_what_is_typed_becomes_data_of_the_right_types() -> None:
    typed = {
        "data/limit": "7",
        "data/notify": "1",
        "data/size": "0",
        "data/note": " kept as it is ",
        "data/who/name": "Ada",
        "data/who/born": "",
        "rows/tags": "3",
        "data/tags/0": "x",
        "data/tags/2": "z",
        "rows/team": "2",
        "data/team/1/name": "Bo",
        "data/colours/2": "2",
        "data/colours/0": "0",
        "data/odd": '{"a": 1}',
        "data/a~1b~0c.d": "1",
    }
    assert data_of(FORM, sent(typed)) == {
        "limit": 7,
        "notify": False,
        "size": 1,
        "note": " kept as it is ",
        "who": {"name": "Ada"},
        "tags": ["x", "z"],
        "team": [{"name": "Bo"}],
        "colours": ["b", "r"],
        "odd": {"a": 1},
        "a/b~c.d": "1",
    }


def test_nothing_filled_in_is_no_data_at_all() -> None:
    blank = {"data/limit": " ", "rows/tags": "2", "data/tags/0": "", "data/who/name": "\n"}
    assert data_of(FORM, sent(blank)) is None
    assert sent(blank).is_blank
    assert data_of(None, sent({"data/limit": "7"})) is None


def test_a_group_that_must_be_there_tells_of_its_own_parts() -> None:
    form = {"properties": {"who": FORM["$defs"]["person"], "n": {}}, "required": ["who"]}
    assert data_of(form, sent({"data/n": "1", "data/who/name": " "})) == {"n": 1, "who": {}}


def test_what_does_not_fit_is_kept_and_told_at_its_field() -> None:
    typed = sent({"data/limit": "seven", "data/who/born": "2020-01-01", "data/size": "9"})
    data = data_of(FORM, typed)
    assert data == {"limit": "seven", "who": {"born": "2020-01-01"}, "size": "9"}
    flaws = told_flaws(
        tuple(
            Flaw("/data" + "".join(f"/{p}" for p in f.path), f.detail)
            for f in answer_flaws(data, FORM)
        )
    )
    assert flaws["/limit"] == ("a whole number is expected",)
    assert flaws["/who/name"] == ("this is required",)
    fields = laid_out(FORM, typed, flaws=flaws)
    assert fields["/limit"].value == "seven"
    assert [name for name, field in fields.items() if field.first] == ["/limit"]


def test_rows_are_added_and_taken_out_with_all_that_stands_in_the_others() -> None:
    typed = typed_in(
        {
            "rows/team": "3",
            "data/team/0/name": "a",
            "data/team/1/name": "b",
            "data/team/1/born": "2001-01-01",
            "data/team/2/name": "c",
            "rows/team/2/x": "1",
            "data/limit": "1",
        }
    )
    fewer = typed.without_row("/team", 1).with_row("/team")
    assert fewer.data == {"/team/0/name": "a", "/team/1/name": "c", "/limit": "1"}
    assert fewer.rows == {"/team": 3, "/team/1/x": 1}
    assert typed.without_row("/team", 7) == typed


@pytest.mark.parametrize("count", ["-1", "x", "99999999999999", "²", ""])
def test_no_number_of_rows_is_believed(count: str) -> None:
    fields = laid_out(FORM, typed_in({"rows/tags": count}))
    assert len(fields["/tags"].fields) <= 50


def test_a_form_without_an_object_is_one_field() -> None:
    fields = laid_out({"type": "integer", "title": "How many?"})
    assert (fields[""].asks, fields[""].name) == (Asks.WHOLE, "data")
    assert data_of({"type": "integer"}, sent({"data": "3"})) == 3


def test_a_form_that_is_deep_is_typed_as_json_from_some_depth_on() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(12):
        deep = {"type": "object", "properties": {"in": deep}}
    assert Asks.JSON in {field.asks for field in laid_out(deep).values()}


_leaves = st.sampled_from(
    [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {"enum": ["a", 1]}, {}]
)
_schemas = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.dictionaries(st.text(max_size=4), inner, max_size=3).map(
            lambda found: {"type": "object", "properties": found}
        ),
        inner.map(lambda items: {"type": "array", "items": items}),
        inner.map(lambda one: {"anyOf": [one]}),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(_schemas, st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=5))
def test_any_form_can_be_laid_out_and_read(form: dict[str, Any], typed: dict[str, str]) -> None:
    if form_flaws(form):
        return
    given = typed_in({f"data/{name}": text for name, text in typed.items()})
    laid_out(form, given)
    data_of(form, given)
