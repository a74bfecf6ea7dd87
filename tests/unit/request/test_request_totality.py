"""Nothing that fits its schema makes the core raise, and every word has its place in it."""

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from event_schemas.types import (
    COMMANDS,
    EVENTS,
    CommandBody,
    Event,
    Policy,
    Requested,
    RequestState,
)
from kernel.codec import decode, encode
from kernel.errors import Unreadable
from kernel.request.evolve import evolve
from kernel.request.model import Context, Request
from kernel.request.status import status_of
from tests.unit.request.everyone import BODIES, EVERYONE
from tests.unit.request.given import Story, given
from tests.unit.request.samples import (
    ANN,
    BOT,
    CALLBACK,
    DAY,
    HOUR,
    NOON,
    REQUEST_ID,
    TENANT,
    policy,
    question,
    rung,
)
from tests.unit.request.words import any_record, any_word

RULES = policy(
    max_revisions=2, receipt_seconds=DAY, ladder=(rung("lead", 1800),), remind_before_seconds=(60,)
)
CONTEXT = Context(
    request_id=REQUEST_ID,
    tenant=TENANT,
    actor=ANN,
    at=NOON,
    received_at=NOON,
    entry_hash=bytes(32),
    index=0,
)


def any_body() -> st.SearchStrategy[CommandBody]:
    return st.one_of([any_word(kind.SCHEMA) for kind in COMMANDS])


def any_event() -> st.SearchStrategy[Event]:
    return st.one_of([any_word(kind.SCHEMA) for kind in EVENTS])


@st.composite
def almost_sound_policies(draw: st.DrawFn) -> Policy:
    """A sound policy with some fields that are anything."""
    record = policy(max_revisions=1, ladder=(rung("lead", 60),)).as_record()
    wild = draw(any_record(Policy.SCHEMA))
    names = draw(st.sets(st.sampled_from(sorted(wild)), max_size=3))
    return Policy.from_record({**record, **{name: wild[name] for name in names}})


@settings(max_examples=150, derandomize=True, deadline=None)
@given_any(
    rules=almost_sound_policies(),
    tries=st.lists(
        st.tuples(
            st.sampled_from(sorted(EVERYONE)),
            st.one_of(st.sampled_from(list(BODIES.values())), any_body()),
            st.sampled_from([0, 1, 600, HOUR, 40 * DAY]),
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_no_command_that_fits_its_schema_makes_decide_raise(
    rules: Policy, tries: list[tuple[str, CommandBody, int]]
) -> None:
    story = Story().when(BOT, question(rules=rules, kind=rules.kind, callback=CALLBACK))
    for who, body, after in tries:
        story.when(EVERYONE[who], body, after=after)
        mine = [applied for applied in story.news if not applied.by_policy]
        assert not (story.last.refusal and mine)


@settings(max_examples=150, derandomize=True, deadline=None)
@given_any(asked=any_word(Requested.SCHEMA), events=st.lists(any_event(), max_size=5))
def test_evolve_never_refuses_and_every_event_counts(asked: Requested, events: list[Event]) -> None:
    request: Request | None = None
    for number, event in enumerate([asked, *events], start=1):
        request = evolve(request, event, CONTEXT)
        assert request.state.version == number
        assert decode(encode(request.state)) == request.state
        assert decode(encode(status_of(request))) == status_of(request)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_has_its_case_in_the_fold(kind: type[Event]) -> None:
    @settings(max_examples=5, derandomize=True, deadline=None, database=None)
    @given_any(event=any_word(kind.SCHEMA))
    def holds(event: Event) -> None:
        before = given(rules=RULES).request
        assert before is not None
        assert evolve(before, event, CONTEXT).state.version == before.state.version + 1

    holds()


@pytest.mark.parametrize("kind", [k for k in EVENTS if k is not Requested], ids=str)
def test_an_event_before_its_request_stops_the_reader(kind: type[Event]) -> None:
    @settings(max_examples=1, derandomize=True, deadline=None, database=None)
    @given_any(event=any_word(kind.SCHEMA))
    def holds(event: Event) -> None:
        with pytest.raises(Unreadable):
            evolve(None, event, CONTEXT)

    holds()


def test_the_state_holds_no_content() -> None:
    fields = set(RequestState.__dataclass_fields__)
    assert not fields & {"title", "description", "context", "form", "response", "attachments"}
