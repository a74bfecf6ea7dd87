"""Definitions of kinds: what a good one becomes, and what is said about a bad one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from event_schemas.types import (
    AssignBy,
    Assigning,
    Candidates,
    DeadlineAction,
    FacetType,
    LadderStep,
    Priority,
    Stage,
)
from task_kinds.durations import seconds
from task_kinds.flaws import BadKind
from task_kinds.kind import Comparison
from task_kinds.loader import definition_flaws, kind_from, kind_from_file
from task_kinds.shape import kind_format

APPROVE = {"name": "approve", "means": "approve"}
REJECT = {"name": "reject", "means": "reject"}
CHANGES = {"name": "rework", "means": "changes"}
ANSWER = {"name": "pick", "means": "answer"}


def definition(**over: Any) -> dict[str, Any]:
    return {"kind": "refund", "title": "Refund", "decisions": [APPROVE, REJECT], **over}


def places(**over: Any) -> set[str]:
    return {flaw.place for flaw in definition_flaws(definition(**over))}


def said(**over: Any) -> str:
    with pytest.raises(BadKind) as caught:
        kind_from(definition(**over), "refund")
    return str(caught.value)


def test_what_is_left_out_has_the_documented_defaults() -> None:
    kind = kind_from(definition())
    assert kind.priority is Priority.MEDIUM
    assert kind.usual.timeout_seconds == 24 * 3600
    assert kind.deadline.action is DeadlineAction.FAIL
    assert (kind.quorum, kind.changes_veto, kind.reject_veto) == (1, True, True)
    assert (kind.max_revisions, kind.claim_seconds, kind.receipt_seconds) == (0, 0, 0)
    assert not kind.self_approval
    assert kind.candidates == Candidates()
    assert [option.label for option in kind.decisions] == ["Approve", "Reject"]


def test_everything_written_arrives_typed() -> None:
    kind = kind_from(
        definition(
            priority="urgent",
            deadline={"after": "1h30m", "then": "approve", "comment": "silence is consent"},
            reminders=["30m", "5m"],
            ladder=[{"name": "lead", "after": "20m", "candidates": {"roles": ["lead"]}}],
            stages=[{"name": "legal", "candidates": {"teams": ["legal"]}, "quorum": 2}],
            vetoes=["reject"],
            facets=[{"name": "amount", "pointer": "/order/amount", "type": "number"}],
            auto_approval=[
                {
                    "name": "small",
                    "when": [{"facet": "amount", "less_than": 50}],
                    "decision": "approve",
                }
            ],
        )
    )
    assert kind.priority is Priority.URGENT
    assert kind.usual.timeout_seconds == 5400
    assert kind.deadline.decision == "approve"
    assert kind.usual.remind_before_seconds == (1800, 300)
    assert kind.usual.ladder == (
        LadderStep(name="lead", after_seconds=1200, candidates=Candidates(roles=("lead",))),
    )
    assert kind.stages == (Stage(name="legal", candidates=Candidates(teams=("legal",)), quorum=2),)
    assert (kind.changes_veto, kind.reject_veto) == (False, True)
    assert kind.facets[0].type is FacetType.NUMBER
    condition = kind.auto_approval[0].conditions[0]
    assert (condition.pointer, condition.comparison) == ("/order/amount", Comparison.LESS_THAN)


URGENT = {
    "after": "1h",
    "business": "always",
    "ladder": [
        {"name": "on call", "after": "10m", "on_call": "payments", "channels": ["sms"]},
        {"name": "lead", "after": "20m", "candidates": {"roles": ["lead"]}},
    ],
}


def test_a_priority_has_terms_of_its_own_and_the_rest_stays() -> None:
    kind = kind_from(
        definition(
            deadline={"after": "16h", "business": "berlin", "then": "reject"},
            reminders=["4h", "30m"],
            priorities={"urgent": URGENT, "low": {"after": "80h"}},
        )
    )
    usual, urgent = kind.terms(Priority.MEDIUM), kind.terms(Priority.URGENT)
    assert (usual.timeout_seconds, usual.business) == (16 * 3600, "berlin")
    assert usual.remind_before_seconds == (4 * 3600, 1800)
    assert (urgent.timeout_seconds, urgent.business) == (3600, None)
    assert urgent.remind_before_seconds == (1800,), "the other one would come too early"
    assert urgent.ladder[0] == LadderStep(
        name="on call",
        after_seconds=600,
        candidates=Candidates(teams=("payments",)),
        channels=("sms",),
        on_call="payments",
    )
    low = kind.terms(Priority.LOW)
    assert (low.timeout_seconds, low.business, low.ladder) == (80 * 3600, "berlin", usual.ladder)


def test_an_assignment_says_how_and_among_whom() -> None:
    plain = kind_from(definition(assign={"by": "round_robin"}))
    assert plain.assign == Assigning(by=AssignBy.ROUND_ROBIN, among=Candidates())
    skilled = {"by": "skill", "among": {"teams": ["refunds"]}, "skills": ["german"]}
    kind = kind_from(definition(assign=skilled))
    assert kind.assign == Assigning(
        by=AssignBy.SKILL, among=Candidates(teams=("refunds",)), skills=("german",)
    )
    assert kind_from(definition()).assign is None


def test_never_waits_for_ever() -> None:
    assert kind_from(definition(deadline={"after": "never"})).usual.timeout_seconds is None


def test_the_version_follows_the_content_not_the_order_of_keys() -> None:
    one = definition(priority="high")
    other = dict(reversed(one.items()))
    assert kind_from(one).version == kind_from(other).version
    assert kind_from(one).version != kind_from(definition(priority="low")).version


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from("smhdw")), min_size=1, max_size=4))
def test_a_duration_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    unit = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    text = "".join(f"{count}{letter}" for count, letter in parts)
    assert seconds(text) == sum(count * unit[letter] for count, letter in parts)


@pytest.mark.parametrize(
    ("over", "place"),
    [
        ({"decisions": [{**APPROVE, "means": "aprove"}]}, "decisions[0].means"),
        ({"decisions": [APPROVE, APPROVE]}, "decisions[1].name"),
        ({"decisions": []}, "decisions"),
        ({"decisons": []}, "decisons"),
        ({"title": "two\nlines"}, "title"),
        ({"deadline": {"after": "24h\n"}}, "deadline.after"),
        ({"deadline": {"after": "0s"}}, "deadline.after"),
        ({"deadline": {"after": "99w99w99w99w"}}, "deadline.after"),
        ({"deadline": {"then": "escalate"}}, "deadline.then"),
        ({"deadline": {"then": "answer"}}, "deadline.decision"),
        ({"deadline": {"then": "answer", "decision": "pick"}}, "deadline.decision"),
        ({"deadline": {"then": "reject", "decision": "approve"}}, "deadline.decision"),
        ({"deadline": {"then": "fail", "decision": "approve"}}, "deadline.decision"),
        ({"deadline": {"then": "reject", "data": {}}}, "deadline.data"),
        ({"deadline": {"after": "never", "then": "reject"}}, "deadline.then"),
        ({"deadline": {"after": "never"}, "reminders": ["1h"]}, "reminders"),
        ({"reminders": ["24h"]}, "reminders[0]"),
        ({"reminders": ["1h", "2h"]}, "reminders[1]"),
        ({"reminders": ["0s"]}, "reminders[0]"),
        ({"ladder": [{"name": "a", "after": "1h", "candidates": {}}]}, "ladder[0].candidates"),
        (
            {"ladder": [{"name": "a", "after": "2d", "candidates": {"roles": ["lead"]}}]},
            "ladder[0].after",
        ),
        ({"quorum": 2, "claim": "1h"}, "claim"),
        ({"quorum": 0}, "quorum"),
        ({"quorum": 2, "stages": [{"name": "a", "candidates": {}}]}, "quorum"),
        ({"max_revisions": 1}, "max_revisions"),
        ({"view": "hologram"}, "view"),
        ({"channels": ["pigeon"]}, "channels[0]"),
        ({"personal_fields": ["customer"]}, "personal_fields[0]"),
        ({"form": {"type": "strin"}}, "form.type"),
        ({"form": {"properties": {"a": {"pattern": "(?=x)"}}}}, "form.properties.a.pattern"),
        (
            {"auto_approval": [{"name": "a", "when": [{"pointer": "/a", "equals": 1}],
                                "decision": "aprove"}]},
            "auto_approval[0].decision",
        ),
        (
            {"auto_approval": [{"name": "a", "when": [{"facet": "b", "equals": 1}],
                                "decision": "approve"}]},
            "auto_approval[0].when[0].facet",
        ),
        (
            {"personal_fields": ["/user"],
             "facets": [{"name": "who", "pointer": "/user/name", "type": "string"}]},
            "facets[0].pointer",
        ),
        (
            {"decisions": [APPROVE, CHANGES],
             "auto_approval": [{"name": "a", "when": [{"pointer": "/a", "equals": 1}],
                                "decision": "rework"}]},
            "auto_approval[0].decision",
        ),
        (
            {"auto_approval": [{"name": "a", "when": [{"pointer": "/a"}], "decision": "approve"}]},
            "auto_approval[0].when[0]",
        ),
        ({"deadline": {"business": "Berlin office"}}, "deadline.business"),
        ({"deadline": {"after": "2d", "business": "berlin"}}, "deadline.after"),
        (
            {"deadline": {"after": "40h", "business": "berlin"}, "reminders": ["1d"]},
            "reminders[0]",
        ),
        ({"ladder": [{"name": "a", "after": "1h"}]}, "ladder[0]"),
        ({"priorities": {"critical": {"after": "1h"}}}, "priorities.critical"),
        ({"priorities": {"urgent": {"after": "soon"}}}, "priorities.urgent.after"),
        ({"priorities": {"urgent": {"after": "0s"}}}, "priorities.urgent.after"),
        ({"priorities": {"urgent": {"then": "fail"}}}, "priorities.urgent.then"),
        (
            {"priorities": {"urgent": {"after": "1h", "reminders": ["2h"]}}},
            "priorities.urgent.reminders[0]",
        ),
        (
            {"priorities": {"low": {"after": "2d", "business": "berlin"}}},
            "priorities.low.after",
        ),
        (
            {"priorities": {"urgent": {"after": "1h", "ladder": [
                {"name": "a", "after": "2h", "candidates": {"roles": ["lead"]}}]}}},
            "priorities.urgent.ladder[0].after",
        ),
        ({"assign": {"by": "lottery"}}, "assign.by"),
        ({"assign": {"by": "skill"}}, "assign.skills"),
        ({"assign": {"by": "round_robin", "skills": ["german"]}}, "assign.skills"),
        ({"quorum": 2, "assign": {"by": "round_robin"}}, "assign"),
    ],
)  # fmt: skip
def test_a_flaw_is_found_at_its_place(over: dict[str, Any], place: str) -> None:
    assert place in places(**over)


def test_data_of_the_deadline_must_fit_the_form() -> None:
    form = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    deadline = {"then": "answer", "decision": "pick", "data": {"size": "big"}}
    over = {"decisions": [ANSWER], "form": form, "deadline": deadline}
    assert places(**over) == {"deadline.data.size"}
    assert places(**{**over, "deadline": {**deadline, "data": {"size": 3}}}) == set()


def test_all_flaws_come_at_once_and_say_what_to_do() -> None:
    text = said(decisions=[{"name": "approve", "means": "aprove"}], reminder=["1h"], quorum="two")
    assert text.splitlines() == [
        "refund: reminder: unknown key; did you mean 'reminders'?",
        (
            "refund: decisions[0].means: 'aprove' is none of approve, reject, answer, changes,"
            " could_not_complete; did you mean 'approve'?"
        ),
        "refund: quorum: a whole number is expected, not 'two'",
    ]


@pytest.mark.parametrize("bad", [None, [], "approval", 3, {}])
def test_anything_but_a_definition_is_refused(bad: Any) -> None:
    with pytest.raises(BadKind):
        kind_from(bad)


def test_a_file_names_the_line_of_each_flaw(tmp_path: Path) -> None:
    file = tmp_path / "refund.yaml"
    file.write_text(
        "# a comment\nkind: refund\ntitle: Refund\ndecisions:\n  - name: approve\n"
        "    means: aprove\n  - {name: no, means: reject}\nreminders:\n  - 1h\n  - 2h\n"
    )
    with pytest.raises(BadKind) as caught:
        kind_from_file(file)
    lines = str(caught.value).splitlines()
    folder = tmp_path.name
    assert lines[0].startswith(f"{folder}/refund.yaml:6: decisions[0].means: 'aprove'")
    assert lines[1].startswith(f"{folder}/refund.yaml:10: reminders[1]: is not shorter")
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("kind: [", 1, "not YAML"),
        ("", 1, "empty"),
        ("kind: refund\ntitle: A\ntitle: B\ndecisions: []\n", 3, "twice"),
        ("kind: other\ntitle: A\ndecisions: [{name: a, means: answer}]\n", 1, "must be 'refund'"),
    ],
)
def test_a_file_that_is_no_kind_says_so(tmp_path: Path, text: str, line: int, word: str) -> None:
    file = tmp_path / "refund.yaml"
    file.write_text(text)
    with pytest.raises(BadKind, match=word) as caught:
        kind_from_file(file)
    assert f"refund.yaml:{line}:" in str(caught.value)


def test_words_that_yaml_1_1_would_change_stay_words(tmp_path: Path) -> None:
    file = tmp_path / "refund.yaml"
    file.write_text(
        "kind: refund\ntitle: no\ndecisions: [{name: on, label: 2024-01-01, means: answer}]"
    )
    kind = kind_from_file(file)
    assert (kind.title, kind.decisions[0].name, kind.decisions[0].label) == (
        "no",
        "on",
        "2024-01-01",
    )


def test_the_format_is_a_json_schema_that_explains_itself() -> None:
    Draft202012Validator.check_schema(kind_format())
    properties = kind_format()["properties"]
    assert [name for name, part in properties.items() if not part.get("description")] == []
    json.dumps(kind_format())
