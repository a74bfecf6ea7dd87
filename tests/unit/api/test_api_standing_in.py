"""In whose place a person acts: their own where they can, else that of somebody who is away."""

from dataclasses import replace

from api.standing_in import acting
from event_schemas.types import Actor, Candidates, Claim, Policy
from kernel.request.model import Request
from tests.unit.request.given import given
from tests.unit.request.samples import ANN, answer, person, policy

CAT = person("cat")
OPS = policy(candidates=Candidates(teams=("ops",)))


def lent(by: Actor, *roles: str, teams: tuple[str, ...] = ()) -> Actor:
    return replace(by, on_behalf_of="ann", roles=(*by.roles, *roles), teams=(*by.teams, *teams))


def opened(rules: Policy | None = None, requester_id: str = "bot") -> Request:
    request = given(rules=rules, requester_id=requester_id).request
    assert request is not None
    return request


def test_who_may_answer_acts_for_themselves() -> None:
    ben = person("ben", "reviewer")
    assert acting(ben, [lent(ben, "reviewer")], opened()) == ben


def test_who_may_not_acts_in_the_place_of_the_absent_person_who_may() -> None:
    instead = lent(CAT, teams=("ops",))
    assert acting(CAT, [lent(CAT, "reviewer"), instead], opened(OPS)) == instead
    named = policy(candidates=Candidates(people=("ann",)))
    assert acting(CAT, [lent(CAT)], opened(named)).on_behalf_of == "ann"


def test_what_the_absent_person_holds_is_taken_up_in_their_place() -> None:
    held = given().when(ANN, Claim()).request
    assert held is not None
    ben = person("ben", "reviewer")
    assert acting(ben, [lent(ben)], held).on_behalf_of == "ann"


def test_nobody_gets_round_an_exclusion_or_answers_their_own_question_as_a_substitute() -> None:
    excluded = policy(excluded=("ann",))
    own = opened(requester_id="cat")
    for request in (opened(excluded), own):
        assert acting(CAT, [lent(CAT, "reviewer")], request) == CAT


def test_a_substitute_and_whom_they_stand_in_for_are_one_voter() -> None:
    story = given(rules=policy(quorum=2)).when(ANN, answer())
    assert story.request is not None
    instead = acting(CAT, [lent(CAT, "reviewer")], story.request)
    story.when(instead, answer())
    assert len(story.state.votes) == 1
    assert story.state.votes[0].in_place_of == "ann"
