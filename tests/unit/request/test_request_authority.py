"""Who may do what to a request."""

from dataclasses import replace
from typing import get_args

import pytest

from event_schemas.types import (
    COMMANDS,
    Actor,
    Assign,
    Cancel,
    Candidates,
    Claim,
    CommandBody,
    Comment,
    Escalate,
    Expire,
    Extend,
    Open,
    Policy,
    RecordCallback,
    RecordNotification,
    Redeem,
    RefusalReason,
    Release,
    Remind,
    Reprioritise,
    Revise,
    Start,
)
from services.request_svc.judging.authority import AUTHORITY
from tests.unit.request.everyone import BODIES, EVERYONE
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ADA,
    ANN,
    BEN,
    CLOCK,
    HOUR,
    LEA,
    agent,
    answer,
    person,
    policy,
    rung,
    service,
)

MAY: dict[type[CommandBody], set[str]] = {
    Open: {"asker", "agent", "lead"},
    Revise: {"asker"},
    Redeem: {"asker"},
    Cancel: {"asker", "lead"},
    Comment: {"asker", "reviewer", "lead"},
    Extend: {"asker", "reviewer", "lead"},
    Reprioritise: {"asker", "reviewer", "lead"},
    type(answer()): {"reviewer", "lead"},
    Claim: {"reviewer", "lead"},
    Start: {"reviewer", "lead"},
    Release: {"reviewer", "lead", "clock"},
    Assign: {"lead", "notifier"},
    Escalate: {"reviewer", "lead", "clock"},
    Expire: {"clock"},
    Remind: {"clock"},
    RecordNotification: {"notifier"},
    RecordCallback: {"postman"},
}


def test_every_command_has_its_authority() -> None:
    assert set(AUTHORITY) == set(COMMANDS) == set(get_args(CommandBody)) == set(MAY)


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("who", EVERYONE)
def test_only_those_in_the_table_may(kind: type[CommandBody], who: str) -> None:
    story = Story() if kind is Open else given(rules=policy(ladder=(rung("lead", 60),)))
    story.when(EVERYONE[who], BODIES[kind])
    refused = story.last.refusal is not None
    forbidden = refused and story.last.refusal.reason is RefusalReason.NOT_ALLOWED
    assert forbidden == (who not in MAY[kind]), story.last.refusal


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_another_tenant_learns_and_moves_nothing(kind: type[CommandBody]) -> None:
    story = given()
    stranger = person("ann", "admin", tenant="evil")
    for actor, tenant in ((stranger, "evil"), (stranger, "demo"), (LEA, "evil"), (CLOCK, "evil")):
        story.when(actor, BODIES[kind], after=2 * HOUR, tenant=tenant)
        story.then_refused(RefusalReason.UNKNOWN)
        assert story.last.refusal is not None
        assert story.last.refusal.state is None
        assert story.last.refusal.winner is None


@pytest.mark.parametrize("kind", [k for k in COMMANDS if k is not Open], ids=str)
def test_what_was_never_asked_is_unknown(kind: type[CommandBody]) -> None:
    for actor in EVERYONE.values():
        Story().when(actor, BODIES[kind]).then_refused(RefusalReason.UNKNOWN)


def may_answer(actor: Actor, **asked: object) -> bool:
    story = given(**asked).when(actor, answer())
    if story.last.refusal is None:
        return True
    assert story.last.refusal.reason is RefusalReason.NOT_ALLOWED
    return False


def rules(**over: object) -> Policy:
    return policy(candidates=Candidates(**over))


def test_if_nobody_is_named_every_reviewer_lead_and_admin_may_answer() -> None:
    assert all(may_answer(actor) for actor in (ANN, LEA, ADA))
    assert not any(may_answer(person("x", role)) for role in ("analyst", "requester", "operator"))


def test_named_people_roles_and_teams_may_answer_and_nobody_else() -> None:
    named = rules(roles=("lawyer",), teams=("ops",), people=("zoe",))
    lawyer, member = person("x", "lawyer"), person("y", teams=("ops", "dev"))
    assert all(may_answer(actor, rules=named) for actor in (lawyer, member, person("zoe")))
    assert not any(may_answer(actor, rules=named) for actor in (ANN, LEA, ADA))


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        ("reviewer:approval", True),
        ("reviewer:refund", False),
        ("reviewer:approval:acme", True),
        ("reviewer:*:acme", True),
        ("reviewer:approval:other", False),
        ("reviewer:*:other", False),
        ("lead:approval", True),
        ("xreviewer:approval", False),
    ],
)
def test_a_role_may_be_limited_to_a_kind_and_a_principal(held: str, allowed: bool) -> None:
    assert may_answer(person("x", held), principal_id="acme") == allowed


def test_a_role_for_one_principal_does_not_reach_requests_without_one() -> None:
    assert not may_answer(person("x", "reviewer:*:acme"))


def test_excluded_people_may_not_answer_nor_may_their_substitutes() -> None:
    excluding = policy(excluded=("ann",))
    assert not may_answer(ANN, rules=excluding)
    assert not may_answer(person("ben", "reviewer", on_behalf_of="ann"), rules=excluding)
    assert not may_answer(person("ann", "reviewer", on_behalf_of="ben"), rules=excluding)
    assert may_answer(BEN, rules=excluding)


def test_whoever_asked_may_not_answer_unless_the_kind_allows_it() -> None:
    assert not may_answer(ANN, requester_id="ann")
    assert not may_answer(person("ben", "reviewer", on_behalf_of="ann"), requester_id="ann")
    assert may_answer(ANN, requester_id="ann", rules=policy(self_approval=True))


def test_a_bar_is_told_as_such() -> None:
    story = given(requester_id="ann").when(ANN, answer())
    assert story.last.refusal is not None
    assert story.last.refusal.detail == "Whoever asked may not answer."


def test_a_substitute_answers_in_the_place_of_a_candidate() -> None:
    named = rules(people=("zoe",))
    assert may_answer(person("x", on_behalf_of="zoe"), rules=named)
    assert not may_answer(person("x", on_behalf_of="ann"), rules=named)


def test_rungs_that_were_climbed_may_answer_too() -> None:
    asked = policy(candidates=Candidates(people=("ann",)), ladder=(rung("up", 60, "zoe"),))
    zoe = person("zoe")
    assert not may_answer(zoe, rules=asked)
    story = given(rules=asked).when(zoe, answer(), after=60)
    assert story.last.refusal is None
    story = given(rules=asked).when(ANN, Escalate()).when(zoe, answer())
    assert story.last.refusal is None


def test_a_lead_may_be_one_of_a_kind_only() -> None:
    given().when(person("x", "lead:refund"), Cancel()).then_refused(RefusalReason.NOT_ALLOWED)
    story = given().when(person("x", "lead:approval"), Cancel())
    assert story.last.refusal is None


def test_a_person_who_asked_withdraws_and_comments() -> None:
    zoe = person("zoe", "requester")
    story = given(requester_id="zoe").when(zoe, Comment(text="Hurry.")).when(zoe, Cancel())
    assert story.last.refusal is None


def test_roles_and_names_are_worth_nothing_to_what_is_no_person() -> None:
    every_role = ("reviewer", "lead", "admin")
    for actor in (agent("x", roles=every_role), replace(service("x"), roles=every_role)):
        given().when(actor, answer()).then_refused(RefusalReason.NOT_ALLOWED)
        given().when(actor, Cancel()).then_refused(RefusalReason.NOT_ALLOWED)
    given().when(service("bot"), Cancel()).then_refused(RefusalReason.NOT_ALLOWED)
    given().when(person("timeout_svc"), Expire(generation=1)).then_refused(
        RefusalReason.NOT_ALLOWED
    )


def test_excluded_candidates_may_still_say_something() -> None:
    story = given(rules=policy(excluded=("ann",))).when(ANN, Comment(text="Mine."))
    assert story.last.refusal is None
