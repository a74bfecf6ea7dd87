"""Forms from strangers: only those that can be checked in bounded time, and answers to them."""

import sys
from typing import Any

import pytest

from task_kinds.answers import answer_flaws
from task_kinds.forms import MAX_LEVELS, form_flaws

TEXT: dict[str, Any] = {"type": "string"}


def nested(levels: int) -> dict[str, Any]:
    form = TEXT
    for _ in range(levels):
        form = {"properties": {"a": form}}
    return form


def doubling(levels: int) -> dict[str, Any]:
    defs: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
        for n in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**defs, f"d{levels}": TEXT}}


def chain(length: int) -> dict[str, Any]:
    defs: dict[str, Any] = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(length)}
    return {"$ref": "#/$defs/d0", "$defs": {**defs, f"d{length}": TEXT}}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"},
        {"type": "object", "properties": {"$ref": TEXT, "$id": TEXT, "patternProperties": TEXT}},
        {"enum": [{"$ref": "https://elsewhere"}]},
        {"$ref": "#/$defs/Size-Input", "$defs": {"Size-Input": {"enum": ["s", "m"]}}},
        {"type": "string", "pattern": r"^\p{L}+$"},
        nested(MAX_LEVELS - 1),
    ],
)
def test_a_sound_form_has_no_flaws(form: Any) -> None:
    assert form_flaws(form) == ()


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ([], ""),
        (True, ""),
        ({"type": "strin"}, "type"),
        ({"properties": {"a": {"minLength": "1"}}}, "properties.a.minLength"),
        ({"$ref": "https://elsewhere/schema.json"}, "$ref"),
        ({"$ref": "file:///etc/passwd"}, "$ref"),
        ({"$ref": "#"}, "$ref"),
        ({"$ref": "#/properties/a", "properties": {"a": TEXT}}, "$ref"),
        ({"$ref": "#/$defs/none"}, "$ref"),
        ({"$id": "https://elsewhere/"}, "$id"),
        ({"$dynamicRef": "#a"}, "$dynamicRef"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema"),
        (
            {"properties": {"a": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}},
            "properties.a.$schema",
        ),
        ({"patternProperties": {"(a+)+$": TEXT}}, "patternProperties"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties"),
        ({"unevaluatedItems": False}, "unevaluatedItems"),
        ({"pattern": "("}, "pattern"),
        ({"pattern": r"(a)\1"}, "pattern"),
        ({"pattern": r"(\w{1000}){1000}"}, "pattern"),
        ({"pattern": "a" * 501}, "pattern"),
        ({"$defs": {"a": {"pattern": "("}}}, "$defs.a.pattern"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}}, ""),
        (doubling(20), ""),
        (chain(2000), ""),
        (nested(MAX_LEVELS), ""),
        (nested(200), ""),
        ({"enum": ["x" * 70_000]}, ""),
        ({"enum": list(range(6000))}, ""),
    ],
)
def test_an_unsound_form_is_refused_at_its_place(form: Any, place: str) -> None:
    assert place in {flaw.place for flaw in form_flaws(form)}


def test_the_deepest_form_that_is_taken_leaves_room_on_the_stack() -> None:
    form = nested(MAX_LEVELS - 1)
    data: Any = "x"
    for _ in range(MAX_LEVELS - 1):
        data = {"a": data}
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(600)
    try:
        assert form_flaws({**form, "title": "not met before"}) == ()
        assert answer_flaws(data, form) == ()
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize(
    ("data", "form", "fits"),
    [
        ({"a": 1}, {"properties": {"a": {"type": "integer"}}}, True),
        ({"a": "1"}, {"properties": {"a": {"type": "integer"}}}, False),
        ("abc", {"pattern": "b"}, True),
        ("abc", {"pattern": "^b"}, False),
        ("ab\n", {"pattern": "^ab$"}, False),
        (5, {"pattern": "b"}, True),
        ([1, True, "1"], {"uniqueItems": True}, True),
        ([1, 1.0], {"uniqueItems": True}, False),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], {"uniqueItems": True}, False),
        ([1, 1], {"uniqueItems": False}, True),
        ("m", {"$ref": "#/$defs/s", "$defs": {"s": {"enum": ["s", "m"]}}}, True),
        ("x", {"$ref": "#/$defs/s", "$defs": {"s": {"enum": ["s", "m"]}}}, False),
    ],
)
def test_an_answer_fits_its_form_or_not(data: Any, form: dict[str, Any], fits: bool) -> None:
    assert form_flaws(form) == ()
    assert (answer_flaws(data, form) == ()) is fits


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "schema", [{}, {"$schema": "https://json-schema.org/draft/2020-12/schema"}]
)
def test_no_pattern_runs_away(schema: dict[str, Any]) -> None:
    form = {**schema, "properties": {"a": {"pattern": "^(a+)+$"}}}
    assert answer_flaws({"a": "a" * 100_000 + "b"}, form) != ()


def test_an_answer_too_large_for_its_form_is_refused_before_it_is_checked() -> None:
    form = {"items": {"anyOf": [{"const": n} for n in range(900)]}}
    assert form_flaws(form) == ()
    assert [flaw.detail for flaw in answer_flaws([-1] * 5000, form)] == [
        "too large to be checked against this form"
    ]
