"""Handing a request on: by its holder or whoever is asked, to somebody who could answer too."""

import pytest

from event_schemas.types import (
    Assign,
    Assigned,
    Assignee,
    Candidates,
    Claim,
    Received,
    RefusalReason,
    Release,
    Released,
    State,
    StepKind,
)
from kernel.request.steps import next_step
from tests.unit.request.given import given
from tests.unit.request.samples import (
    ANN,
    BEN,
    CAT,
    CLOCK,
    LEA,
    MINUTE,
    NOTIFIER,
    answer,
    later_by,
    person,
    policy,
)

LEASED = policy(claim_seconds=10 * MINUTE)
OPS = policy(candidates=Candidates(teams=("ops",), people=("zoe",)), claim_seconds=10 * MINUTE)
MIA = person("mia", teams=("ops",))


def to(name: str, *roles: str, teams: tuple[str, ...] = ()) -> Assign:
    return Assign(
        assignee=Assignee(person=name), reason="Knows it.", roles=roles or (), teams=teams
    )


def test_the_holder_hands_it_to_another_reviewer_for_as_long_as_a_claim() -> None:
    story = given(rules=LEASED).when(ANN, Claim()).when(ANN, to("ben", "reviewer"), after=60)
    story.then(
        Assigned(
            assignee=Assignee(person="ben"),
            claimed=False,
            until=later_by(60 + 10 * MINUTE),
            reason="Knows it.",
        )
    ).then_is(State.ASSIGNED, claim_generation=2)
    story.when(ANN, answer()).then_refused(RefusalReason.HELD_BY)
    story.when(CLOCK, Release(generation=2), after=10 * MINUTE).then(Released)


def test_whoever_is_asked_hands_on_what_nobody_holds() -> None:
    given().when(ANN, to("ben", "reviewer")).then(Assigned).when(BEN, answer())


def test_a_circle_of_forwards_is_only_a_chain_in_the_history() -> None:
    story = given(rules=LEASED)
    for giver, taker in ((ANN, "ben"), (BEN, "cat"), (CAT, "ann"), (ANN, "ben")):
        story.when(giver, to(taker, "reviewer")).then(Assigned)
    story.when(BEN, answer()).then(Received, *[type(e) for e in story.events[1:]])
    givers = [one.context.actor.id for one in story.history if isinstance(one.event, Assigned)]
    assert givers == ["ann", "ben", "cat", "ann"]


def test_to_oneself_is_a_claim() -> None:
    story = given(rules=LEASED).when(ANN, to("ann", "reviewer"))
    (claimed,) = story.events
    assert isinstance(claimed, Assigned)
    assert claimed.claimed


def test_what_another_holds_nobody_but_a_lead_hands_on() -> None:
    story = given().when(ANN, Claim()).when(BEN, to("cat", "reviewer"))
    story.then_refused(RefusalReason.HELD_BY)
    story.when(LEA, to("cat")).then(Assigned)


@pytest.mark.parametrize(
    ("given_to", "may"),
    [
        (to("mat", teams=("ops",)), True),
        (to("zoe"), True),
        (Assign(assignee=Assignee(team="ops")), True),
        (to("ben", "reviewer"), False),
        (to("ben", teams=("sales",)), False),
        (Assign(assignee=Assignee(team="sales")), False),
    ],
)
def test_only_to_those_who_are_asked(given_to: Assign, may: bool) -> None:
    story = given(rules=OPS).when(MIA, given_to)
    assert (story.last.refusal is None) is may
    if not may:
        story.then_refused(RefusalReason.NOT_ALLOWED)


def test_never_to_whoever_is_barred_nor_by_whoever_is_not_asked() -> None:
    story = given(rules=policy(excluded=("ben",)), requester_id="cat")
    for name in ("ben", "cat"):
        story.when(ANN, to(name, "reviewer")).then_refused(RefusalReason.NOT_ALLOWED)
    story.when(person("eve", "analyst"), to("ann", "reviewer"))
    story.then_refused(RefusalReason.NOT_ALLOWED)


def test_a_substitute_hands_on_what_the_absent_person_holds() -> None:
    story = given().when(ANN, Claim())
    story.when(person("cat", "reviewer", on_behalf_of="ann"), to("ben", "reviewer"))
    story.then(Assigned)


def test_what_was_given_by_itself_comes_back_like_a_claim() -> None:
    story = given(rules=LEASED).when(NOTIFIER, to("ann")).then(Assigned)
    step = next_step(story.request) if story.request else None
    assert step is not None
    assert step.kind is StepKind.RELEASE
    story.when(CLOCK, Release(generation=step.generation), after=10 * MINUTE).then(Released)
