"""Standing rules: the first whose conditions all hold decides."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from task_kinds.loader import kind_from
from task_kinds.pointers import MISSING, value_at
from task_kinds.rules import matching_rule


def kind(*when: dict[str, Any]) -> Any:
    return kind_from(
        {
            "kind": "refund",
            "title": "Refund",
            "decisions": [{"name": "approve", "means": "approve"}],
            "facets": [{"name": "amount", "pointer": "/amount", "type": "number"}],
            "auto_approval": [
                {"name": "never", "when": [{"pointer": "/no", "equals": 1}], "decision": "approve"},
                {"name": "small", "version": 3, "when": list(when), "decision": "approve"},
            ],
        }
    )


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"facet": "amount", "less_than": 50}, {"amount": 49.5}, True),
        ({"facet": "amount", "less_than": 50}, {"amount": 50}, False),
        ({"facet": "amount", "less_than": 50}, {"amount": "1"}, False),
        ({"facet": "amount", "less_than": 50}, {"amount": True}, False),
        ({"facet": "amount", "less_than": 50}, {}, False),
        ({"pointer": "/a/b", "equals": "x"}, {"a": {"b": "x"}}, True),
        ({"pointer": "/a/b", "equals": "x"}, {"a": ["b", "x"]}, False),
        ({"pointer": "/a/1", "equals": "x"}, {"a": ["b", "x"]}, True),
        ({"pointer": "/a", "equals": True}, {"a": 1}, False),
        ({"pointer": "/a", "equals": 1}, {"a": True}, False),
        ({"pointer": "/a", "equals": 1}, {"a": 1.0}, True),
        ({"pointer": "/a", "in": ["x", "y"]}, {"a": "y"}, True),
        ({"pointer": "/a", "in": ["x", "y"]}, {"a": "z"}, False),
    ],
)
def test_a_condition_holds_or_not(
    condition: dict[str, Any], context: dict[str, Any], holds: bool
) -> None:
    assert (matching_rule(kind(condition), context) is not None) is holds


def test_all_conditions_must_hold_and_the_rule_says_which_it_is() -> None:
    both = kind({"pointer": "/a", "equals": 1}, {"pointer": "/b", "equals": 2})
    assert matching_rule(both, {"a": 1}) is None
    rule = matching_rule(both, {"a": 1, "b": 2})
    assert rule is not None
    assert (rule.name, rule.version) == ("small", 3)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def places(value: Any) -> list[tuple[str, Any]]:
    found = [("", value)]
    items: Any = ()
    if isinstance(value, dict):
        items = [(k.replace("~", "~0").replace("/", "~1"), v) for k, v in value.items()]
    elif isinstance(value, list):
        items = [(str(i), v) for i, v in enumerate(value)]
    for step, item in items:
        found += [(f"/{step}{rest}", inner) for rest, inner in places(item)]
    return found


@given(json_values)
def test_a_pointer_finds_what_stands_there(document: Any) -> None:
    for pointer, value in places(document):
        assert value_at(document, pointer) is value


@given(json_values, st.text())
def test_a_pointer_never_raises(document: Any, text: str) -> None:
    value_at(document, "/" + text)
    assert value_at(document, "/" + text + "/no such place at all") is MISSING
