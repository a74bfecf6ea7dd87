"""Which standing rule fits a question, and who may have made it."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_schemas.types import Open, OversightRule
from kernel.canonical import canonical
from kernel.directory.standing_rule import Mode, StandingRule, match_of
from kernel.opening import Requester, open_command, parse_question, rule_for
from kernel.standing_rules import may_make
from task_kinds.kind import Kind
from task_kinds.loader import kind_from
from task_kinds.pointers import MISSING, value_at

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTEXT = {"tool": "push", "args": {"branch": "main", "depth": 1}, "ticket": 7}
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 1.0, 0.5])
    | st.sampled_from(["", "a", "1", "true", "null"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab~/"), inner, max_size=2)
    ),
    max_leaves=5,
)
contexts = st.dictionaries(st.sampled_from(["a", "b", "~", "/"]), values, max_size=3)
places = st.sampled_from(["", "/a", "/b", "/a/a", "/a/0", "/~0", "/~1", "/missing"])


def kind(**over: Any) -> Kind:
    base = {
        "kind": "tool_use",
        "title": "Use of a tool",
        "decisions": [
            {"name": "approve", "means": "approve"},
            {"name": "reject", "means": "reject", "needs_comment": True},
            {"name": "rework", "means": "changes"},
        ],
    }
    return kind_from({**base, **over})


def rule(**over: Any) -> StandingRule:
    fields: dict[str, Any] = {
        "id": "r1",
        "tenant": "demo",
        "version": 1,
        "kind": "tool_use",
        "principal_id": None,
        "asker": "bot",
        "matches": (match_of("/tool", "push"), match_of("/args", CONTEXT["args"])),
        "decision": "approve",
        "comment": None,
        "valid_until": NOW + timedelta(days=3),
        "max_uses": None,
        "mode": Mode.LIVE,
        "made_by": "lea",
        "made_at": NOW,
        "maker_roles": ("lead",),
    }
    return StandingRule(**{**fields, **over})


def asked(of: Kind | None = None, requester: str = "bot", **over: Any) -> Open:
    body = {"type": "tool_use", "title": "May I?", "context": CONTEXT, **over}
    question = parse_question(orjson.dumps(body))
    return open_command(question, of or kind(), Requester(id=requester))


def fits(one: StandingRule, of: Kind | None = None, **over: Any) -> bool:
    return rule_for(asked(of, **over), of or kind(), [one]) is not None


def test_a_rule_decides_a_question_with_just_its_values() -> None:
    assert fits(rule())
    assert fits(rule(), context={**CONTEXT, "ticket": 8, "more": True})


@pytest.mark.parametrize(
    "over",
    [
        {"context": {"tool": "push"}},
        {"context": {**CONTEXT, "tool": "pull"}},
        {"context": {**CONTEXT, "args": {"branch": "main", "depth": 1, "force": True}}},
        {"context": {**CONTEXT, "args": {"branch": "main", "depth": True}}},
        {"context": {**CONTEXT, "args": {"branch": "main", "depth": "1"}}},
        {"principal_id": "acme"},
        {"requester": "other"},
        {"decisions": ["reject"]},
    ],
    ids=str,
)
def test_any_other_question_goes_to_people(over: dict[str, Any]) -> None:
    assert not fits(rule(), **over)


def test_an_equal_number_is_the_same_however_it_is_written() -> None:
    assert fits(rule(), context={**CONTEXT, "args": {"depth": 1.0, "branch": "main"}})


@given(contexts, places, values)
def test_a_value_fits_just_where_its_canonical_form_stands(
    context: dict[str, Any], place: str, wanted: Any
) -> None:
    found = value_at(context, place)
    same = found is not MISSING and canonical(found) == canonical(wanted)
    assert fits(rule(matches=(match_of(place, wanted),)), context=context) is same


@given(contexts, st.lists(places, min_size=1, max_size=4, unique=True))
def test_what_a_rule_was_made_from_it_fits(context: dict[str, Any], chosen: list[str]) -> None:
    there = [place for place in chosen if value_at(context, place) is not MISSING]
    matches = tuple(match_of(place, value_at(context, place)) for place in there)
    assert fits(rule(matches=matches), context=context) is bool(there)


@given(st.permutations(range(4)), st.randoms(use_true_random=False))
def test_the_choice_among_rules_does_not_depend_on_their_order(
    ages: list[int], chance: random.Random
) -> None:
    rules = [
        rule(id=f"r{age}", made_at=NOW + timedelta(seconds=age), mode=chance.choice(list(Mode)))
        for age in ages
    ]
    turned = chance.sample(rules, len(rules))
    chosen = rule_for(asked(), kind(), rules)
    assert chosen == rule_for(asked(), kind(), turned)
    assert chosen is not None
    assert chosen.mode is Mode.LIVE or all(one.mode is Mode.SHADOW for one in rules)


def test_a_rejection_goes_before_an_approval_and_the_older_before_the_newer() -> None:
    older = rule(id="older", made_at=NOW - timedelta(days=1))
    no = rule(id="no", decision="reject", comment="Not on a Friday.")
    assert rule_for(asked(), kind(), [rule(), older]) == older
    assert rule_for(asked(), kind(), [rule(), older, no]) == no
    watched = replace(no, mode=Mode.SHADOW)
    assert rule_for(asked(), kind(), [watched, rule()]) == rule()


def test_a_rule_of_the_kind_goes_before_that_of_a_person() -> None:
    own = [
        {
            "name": "any_push",
            "decision": "approve",
            "when": [{"pointer": "/tool", "equals": "push"}],
        }
    ]
    of = kind(auto_approval=own)
    assert rule_for(asked(of), of, [rule(decision="reject", comment="No.")]) is None


@pytest.mark.parametrize(
    ("over", "of"),
    [
        ({"made_by": "bot"}, {}),
        ({"linked": True}, {}),
        ({"maker_roles": ()}, {}),
        ({"maker_roles": ("reviewer",)}, {}),
        ({"maker_roles": ("lead:other",)}, {}),
        ({}, {"standing_rules": "nobody"}),
        ({}, {"excluded": ["lea"]}),
        ({}, {"quorum": 2}),
        ({}, {"stages": [{"name": "one", "candidates": {"roles": ["lead"]}}]}),
        ({}, {"oversight": {"in_view_seconds": 5}}),
        ({}, {"form": {"type": "object", "required": ["why"], "properties": {"why": {}}}}),
        ({"decision": "reject"}, {}),
        ({"decision": "rework"}, {}),
        ({"matches": ()}, {}),
    ],
    ids=str,
)
def test_no_rule_does_what_its_maker_could_not_do_alone(
    over: dict[str, Any], of: dict[str, Any]
) -> None:
    assert not fits(rule(**over), kind(**of))


def test_where_the_asker_may_answer_so_may_their_rule() -> None:
    assert fits(rule(made_by="bot"), kind(self_approval=True))


def test_a_rule_may_reject_what_must_be_looked_at_to_be_approved() -> None:
    of = kind(oversight={"parts": ["diff"]})
    assert of.oversight == OversightRule(parts=("diff",))
    assert fits(rule(decision="reject", comment="No."), of)


@pytest.mark.parametrize(
    ("makers", "role", "principal", "may"),
    [
        ("leads", "lead", None, True),
        ("leads", "admin", None, True),
        ("leads", "reviewer", None, False),
        ("leads", "lead:tool_use:acme", "acme", True),
        ("leads", "lead:tool_use:acme", "other", False),
        ("leads", "lead:tool_use:acme", None, False),
        ("reviewers", "reviewer", None, True),
        ("reviewers", "reviewer:refund", None, False),
        ("reviewers", "analyst", None, False),
        ("nobody", "admin", None, False),
    ],
)
def test_a_kind_says_who_makes_its_rules(
    makers: str, role: str, principal: str | None, may: bool
) -> None:
    assert may_make(kind(standing_rules=makers), (role,), principal) is may


def test_what_goes_along_names_the_rule_its_version_and_who_made_it() -> None:
    auto = rule(version=3, mode=Mode.SHADOW).auto_decision()
    assert (auto.rule, auto.rule_version, auto.maker, auto.shadow) == ("r1", 3, "lea", True)
    assert auto.until == NOW + timedelta(days=3)
