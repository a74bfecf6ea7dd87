"""Who gets a request by itself: by turns, by load, by skill; the same for the same event."""

from hypothesis import given, settings
from hypothesis import strategies as st

from event_schemas.types import AssignBy, Assigning, Candidates
from services.notifier_svc.assigning.choosing import Able, choose

TURNS = Assigning(by=AssignBy.ROUND_ROBIN, among=Candidates())
LOAD = Assigning(by=AssignBy.LEAST_LOADED, among=Candidates())
GERMAN = Assigning(by=AssignBy.SKILL, among=Candidates(), skills=("german", "tax"))


def able(name: str, load: int = 0, last_turn: int = 0, *skills: str) -> Able:
    return Able(id=name, load=load, last_turn=last_turn, skills=frozenset(skills))


def chosen(rule: Assigning, *people: Able, back: str | None = None) -> str | None:
    found = choose(rule, people, back)
    return None if found is None else found.person


def test_whose_turn_is_longest_ago_comes_first_and_who_had_none_before_all() -> None:
    assert chosen(TURNS, able("ann", last_turn=3), able("ben", last_turn=2)) == "ben"
    assert chosen(TURNS, able("ann", last_turn=1), able("zoe")) == "zoe"


def test_who_holds_the_fewest_gets_it_and_is_told_why() -> None:
    found = choose(LOAD, [able("ann", 2), able("ben", 1)])
    assert found is not None
    assert (found.person, found.reason) == ("ben", "Holds the fewest requests: 1.")


def test_only_who_has_all_the_skills_gets_it_else_nobody() -> None:
    ann, ben = able("ann", 0, 0, "german"), able("ben", 5, 0, "german", "tax", "law")
    assert chosen(GERMAN, ann, ben) == "ben"
    assert chosen(GERMAN, ann) is None
    assert chosen(LOAD) is None


def test_who_gave_it_back_gets_it_again_only_where_there_is_nobody_else() -> None:
    assert chosen(LOAD, able("ann"), able("ben", 9), back="ann") == "ben"
    assert chosen(LOAD, able("ann"), back="ann") == "ann"


def test_a_substitute_is_told_for_whom() -> None:
    found = choose(TURNS, [Able(id="cat", stands_in_for="ann")])
    assert found is not None
    assert found.reason == "By turns. Stands in for ann."


def test_among_equals_it_goes_by_turns() -> None:
    ann, ben, cat = able("ann", 1, 7), able("ben", 1, 5), able("cat", 2, 1)
    assert chosen(LOAD, ann, ben, cat) == "ben"


@settings(deadline=None)
@given(
    st.sampled_from((TURNS, LOAD, GERMAN)),
    st.lists(
        st.builds(
            Able,
            id=st.sampled_from("abcdefgh"),
            load=st.integers(0, 3),
            last_turn=st.integers(0, 3),
            skills=st.sets(st.sampled_from(("german", "tax", "law"))).map(frozenset),
        ),
        unique_by=lambda one: one.id,
    ),
    st.sampled_from("abcdefgh"),
    st.randoms(),
)
def test_the_choice_depends_on_who_is_able_not_on_their_order(
    rule: Assigning, people: list[Able], back: str, random: object
) -> None:
    before = choose(rule, people, back)
    random.shuffle(people)  # type: ignore[attr-defined]
    assert choose(rule, people, back) == before
    assert before is None or before.person in {one.id for one in people}
