"""Which requests are alike, and that nothing but what is told makes them so."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.likeness import KEY_CHARS, Likeness, likeness_of, shape_of, title_pattern

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
contexts = st.dictionaries(names, values, max_size=5)


def alike(**over: Any) -> Likeness:
    asked: dict[str, Any] = {
        "kind": "tool_use",
        "principal_id": "acme",
        "asker": "agents.pay",
        "title": "Refund order 18",
        "context": {"tool": "refund", "amount": 12, "lines": [{"sku": "a"}]},
        "facets": {},
    }
    return likeness_of(**{**asked, **over})


@pytest.mark.parametrize(
    ("title", "pattern"),
    [
        ("Refund order 18?", "refund order #"),
        ("Refund order ORD-99-x for $1,200.50", "refund order # for #"),
        ("Deploy 4f2a91c to  production!", "deploy # to production"),
        ("Mail kim@example.org the 'final' draft", "mail # the # draft"),
        ("Open https://example.org/a now", "open # now"),
        ("Delete 1 2 3 files", "delete # files"),
        ("…", ""),
    ],
)
def test_a_title_is_its_words_without_what_differs_each_time(title: str, pattern: str) -> None:
    assert title_pattern(title) == pattern


def test_other_values_leave_requests_alike() -> None:
    other = alike(
        title="Refund order 19!",
        context={"lines": [{"sku": "b"}, {"sku": "c"}], "amount": 3.5, "tool": "refund"},
    )
    assert other == alike()
    assert other.key == alike().key


@pytest.mark.parametrize(
    "over",
    [
        {"kind": "approval"},
        {"principal_id": None},
        {"principal_id": "other"},
        {"asker": "agents.other"},
        {"title": "Cancel order 18"},
        {"context": {"tool": "charge", "amount": 12, "lines": [{"sku": "a"}]}},
        {"context": {"tool": "refund", "amount": "12", "lines": [{"sku": "a"}]}},
        {"context": {"tool": "refund", "amount": 12, "lines": []}},
        {"context": {"tool": "refund", "amount": 12, "lines": [{"sku": "a"}], "force": True}},
        {"facets": {"operation": "void"}},
    ],
    ids=str,
)
def test_each_part_that_is_told_keeps_requests_apart(over: dict[str, Any]) -> None:
    assert alike(**over).key != alike().key


@given(contexts, st.randoms(use_true_random=False))
def test_the_order_of_names_makes_no_difference(
    context: dict[str, Any], chance: random.Random
) -> None:
    turned = list(context.items())
    chance.shuffle(turned)
    assert alike(context=dict(turned)).key == alike(context=context).key


@given(contexts | values, st.text(max_size=300))
def test_whatever_is_asked_has_a_key(context: Any, title: str) -> None:
    found = alike(context=context, title=title)
    assert len(found.key) == KEY_CHARS
    assert set(found.key) <= set("0123456789abcdef")
    assert not any(character.isdecimal() for character in found.title)


@given(contexts, contexts)
def test_the_key_is_the_same_just_where_all_that_is_told_is(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    first, second = alike(context=one), alike(context=two)
    assert (first.key == second.key) == (first == second)


def test_a_huge_context_is_looked_at_in_part_only() -> None:
    wide = {f"name{number}": number for number in range(9000)}
    deep: Any = "end"
    for _ in range(60):
        deep = {"in": deep}
    assert len(shape_of(wide)) <= 1000
    assert shape_of(wide) == shape_of(dict(reversed(wide.items())))
    assert len(shape_of(deep)) < 12
