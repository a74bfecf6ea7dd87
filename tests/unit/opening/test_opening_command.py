"""Opening: a question and its kind become one command."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_schemas.types import Attachment, Callback, Candidates, Means, Open, Priority
from kernel.codec import decode, encode
from kernel.content import content_hash_of, named_files
from kernel.errors import Invalid
from kernel.opening import Requester, open_command, parse_question
from task_kinds.kind import Kind
from task_kinds.loader import builtin_kinds, kind_from
from tests.unit.opening.seed import SEED

AGENT = Requester(id="agent", secret_ref="key:0123456789abcdef")
PEOPLE = {"ada@example.com": "p1", "p2": "p2"}


def kind(**over: Any) -> Kind:
    base = {
        "kind": "refund",
        "title": "Refund",
        "decisions": [
            {"name": "approve", "means": "approve"},
            {"name": "reject", "means": "reject", "needs_comment": True},
        ],
        "channels": ["email", "web"],
        "priority": "low",
    }
    return kind_from({**base, **over})


FILE = Attachment(
    id="f1", name="plan.pdf", sha256="0" * 64, size_bytes=1, media_type="application/pdf"
)


def opened(of: Kind | None = None, requester: Requester = AGENT, **over: Any) -> Open:
    body = {"title": "May I?", **over}
    question = parse_question(json.dumps(body).encode())
    files = named_files(question.attachments or (), {FILE.id: FILE})
    return open_command(question, of or kind(), requester, PEOPLE, files)


def flaws(of: Kind | None = None, requester: Requester = AGENT, **over: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        opened(of, requester, **over)
    return {flaw.pointer: flaw.detail for flaw in caught.value.flaws}


def test_the_question_of_the_seed_becomes_a_command_that_can_be_sent() -> None:
    command = opened(builtin_kinds()["approval"], **SEED)
    assert command.priority is Priority.HIGH
    assert command.agent_id == "code-review-agent"
    assert command.timeout_seconds == 1440 * 60
    assert command.callback == Callback(
        url="https://agent-system.company.com/resume", secret_ref="key:0123456789abcdef"
    )
    assert command.routing.channels == ("email", "slack")
    assert json.loads(command.context) == SEED["context"]
    assert json.loads(command.metadata) == SEED["metadata"]
    assert decode(encode(command)) == command


def test_what_the_question_leaves_out_is_the_kinds() -> None:
    command = opened(kind(form={"type": "object"}, deadline={"after": "2h"}, reminders=["1h"]))
    assert command.priority is Priority.LOW
    assert command.timeout_seconds == 7200
    assert command.routing.channels == ("email", "web")
    assert json.loads(command.form or "") == {"type": "object"}
    assert command.policy.remind_before_seconds == (3600,)
    assert (
        command.policy.kind_version
        == kind(form={"type": "object"}, deadline={"after": "2h"}, reminders=["1h"]).version
    )
    assert command.callback is None


@pytest.mark.parametrize(
    ("over", "priority"),
    [
        ({"priority": "urgent", "metadata": {"priority": "high"}}, Priority.URGENT),
        ({"metadata": {"priority": "high"}}, Priority.HIGH),
        ({"metadata": {"priority": "P1"}}, Priority.LOW),
        ({"metadata": {"priority": 1}}, Priority.LOW),
        ({}, Priority.LOW),
    ],
)
def test_the_field_sets_the_priority_then_the_metadata_then_the_kind(
    over: dict[str, Any], priority: Priority
) -> None:
    assert opened(**over).priority is priority


@pytest.mark.parametrize(
    ("over", "agent"),
    [
        ({"agent_id": "a", "metadata": {"agent_id": "b"}}, "a"),
        ({"metadata": {"agent_id": "b"}}, "b"),
        ({"metadata": {"agent_id": 7}}, None),
        ({}, None),
    ],
)
def test_the_field_names_the_agent_then_the_metadata(
    over: dict[str, Any], agent: str | None
) -> None:
    assert opened(**over).agent_id == agent


def test_metadata_comes_back_as_it_was_with_its_order_and_numbers() -> None:
    metadata = '{"z":1.0,"a":{"\u00e9":null,"b":[1e3]},"priority":"p1"}'
    body = f'{{"title":"x","metadata":{metadata}}}'.encode()
    command = open_command(parse_question(body), kind(), AGENT)
    assert json.loads(command.metadata) == json.loads(metadata)
    assert list(json.loads(command.metadata)) == ["z", "a", "priority"]


def test_decisions_may_be_some_of_the_kinds_or_ones_own() -> None:
    own = {"name": "partly", "label": "Half of it", "means": "approve", "needs_comment": True}
    command = opened(decisions=["reject", {"name": "approve", "label": "Pay"}, own, "later"])
    options = {option.name: option for option in command.policy.decisions}
    assert list(options) == ["reject", "approve", "partly", "later"]
    assert options["reject"].needs_comment
    assert (options["approve"].label, options["approve"].means) == ("Pay", Means.APPROVE)
    assert (options["partly"].label, options["partly"].means) == ("Half of it", Means.APPROVE)
    assert (options["later"].label, options["later"].means) == ("Later", Means.ANSWER)


@pytest.mark.parametrize(
    ("decisions", "place"),
    [
        (["aprove"], "/decisions/0"),
        (["approve", "approve"], "/decisions/1"),
        ([{"name": "reject", "means": "approve"}], "/decisions/0/means"),
    ],
)
def test_decisions_that_mislead_are_refused(decisions: list[Any], place: str) -> None:
    assert place in flaws(decisions=decisions)


def test_the_decision_that_the_deadline_takes_must_be_offered() -> None:
    rejecting = kind(deadline={"then": "reject"})
    assert opened(rejecting).policy.deadline.decision == "reject"
    assert "/decisions" in flaws(rejecting, decisions=["approve"])


def test_a_form_of_ones_own_must_be_sound_and_fit_what_the_deadline_answers() -> None:
    assert "/form/type" in flaws(form={"type": "strin"})
    assert "/form/$ref" in flaws(form={"$ref": "https://elsewhere"})
    answering = kind(
        form={"type": "object"},
        deadline={"then": "answer", "decision": "approve", "data": {"size": 1}},
    )
    assert opened(answering, form={"required": ["size"]}).form == '{"required":["size"]}'
    assert "/form" in flaws(answering, form={"required": ["colour"]})


def test_a_question_says_whether_its_form_needs_data_be_it_its_own_or_its_kinds() -> None:
    needing = {"required": ["size"]}
    assert not opened().needs_data
    assert opened(form=needing).needs_data
    assert opened(kind(form=needing)).needs_data
    assert not opened(kind(form=needing), form={"type": "object"}).needs_data


def test_who_may_answer_is_the_kinds_unless_it_lets_the_asker_choose() -> None:
    routing = {"people": ["ada@example.com", "p2"], "teams": ["ops"]}
    free = kind(asker_may_choose=True, candidates={"roles": ["lead"]})
    assert opened(free).policy.candidates == Candidates(roles=("lead",))
    chosen = opened(free, routing=routing).policy.candidates
    assert chosen == Candidates(teams=("ops",), people=("p1", "p2"))
    assert set(flaws(routing=routing)) == {"/routing/teams", "/routing/people"}
    assert set(flaws(free, routing={"people": ["p2", "eve"]})) == {"/routing/people/1"}


def test_callbacks_are_signed_with_the_questions_secret_the_keys_or_not_asked_for() -> None:
    url = "https://example.com/"
    person = Requester(id="p1")
    assert opened(requester=person).callback is None
    assert "/callback_secret" in flaws(requester=person, callback_webhook=url)
    own = Requester(id="p1", secret_ref="request:r:m", secret_mark="m")
    command = opened(requester=own, callback_webhook=url, callback_secret="hush")
    assert command.callback == Callback(url=url, secret_ref="request:r:m")
    assert b"hush" not in encode(command)


def test_a_standing_rule_decides_where_its_decision_is_offered() -> None:
    rules = kind(
        auto_approval=[
            {"name": "small", "version": 2, "when": [{"pointer": "/amount", "less_than": 50}],
             "decision": "approve", "comment": "small enough"}
        ]
    )  # fmt: skip
    decided = opened(rules, context={"amount": 49}).auto_decision
    assert decided is not None
    assert (decided.rule, decided.rule_version, decided.decision) == ("refund.small", 2, "approve")
    assert opened(rules, context={"amount": 50}).auto_decision is None
    assert opened(rules, context={"amount": 49}, decisions=["reject"]).auto_decision is None


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
numbers = st.integers(-99, 99) | st.floats(-9, 9) | st.booleans()

SEEN = ["title", "description", "context", "form", "decisions", "attachments"]
UNSEEN = ["workflow_id", "checkpoint_id", "metadata", "priority", "timeout_minutes", "agent_id"]
CHANGED: dict[str, Any] = {
    "title": "Other",
    "description": "more",
    "context": {"a": 1},
    "form": {"type": "object"},
    "decisions": ["approve"],
    "attachments": ["f1"],
    "workflow_id": "w",
    "checkpoint_id": "c",
    "metadata": {"a": 1},
    "priority": "urgent",
    "timeout_minutes": 7,
    "agent_id": "x",
}


@pytest.mark.parametrize("field", SEEN)
def test_the_content_hash_follows_what_the_reviewer_sees(field: str) -> None:
    assert opened(**{field: CHANGED[field]}).content_hash != opened().content_hash


@pytest.mark.parametrize("field", UNSEEN)
def test_the_content_hash_ignores_what_the_reviewer_does_not_see(field: str) -> None:
    assert opened(**{field: CHANGED[field]}).content_hash == opened().content_hash


@pytest.mark.parametrize("field", [*SEEN, *UNSEEN])
def test_the_fingerprint_follows_everything_that_was_asked(field: str) -> None:
    assert opened(**{field: CHANGED[field]}).fingerprint != opened().fingerprint


def test_the_fingerprint_ignores_order_null_and_the_kinds_of_the_day() -> None:
    question = opened(context={"a": 1, "b": 2}, priority="low")
    assert opened(priority="low", context={"b": 2, "a": 1}).fingerprint == question.fingerprint
    same = opened(kind(priority="high"), priority="low", context={"a": 1, "b": 2}, form=None)
    assert same.fingerprint == question.fingerprint


def test_the_fingerprint_tells_secrets_apart_without_holding_them() -> None:
    def asked(mark: str | None) -> str:
        requester = Requester(id="agent", secret_ref="request:r:x", secret_mark=mark)
        return opened(
            requester=requester, callback_webhook="https://e.com/", callback_secret="hush"
        ).fingerprint

    assert asked("m1") == asked("m1")
    assert len({asked("m1"), asked("m2"), asked(None)}) == 3


def test_the_hash_can_be_computed_from_what_is_shown() -> None:
    command = opened(context={"b": 1.0, "a": "\u00e9"}, attachments=["f1"])
    assert command.content_hash == content_hash_of(
        kind=command.kind,
        title=command.title,
        description=command.description,
        context=json.loads(command.context),
        form=None,
        decisions=command.policy.decisions,
        attachments=command.attachments,
    )


@given(st.dictionaries(names, numbers, max_size=6))
def test_the_hash_survives_the_way_through_the_log(context: dict[str, Any]) -> None:
    command = opened(context=context)
    again = opened(context=json.loads(command.context))
    assert again.content_hash == command.content_hash
