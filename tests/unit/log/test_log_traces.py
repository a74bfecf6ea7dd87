"""A decision stands in the trace of its request, whoever commands, and what follows carries it."""

import pytest

from event_schemas.types import Entry, Respond
from services.request_svc.decision_spans import decided_at, place_of, placed
from services.request_svc.relaying.outputs import Source, outputs_of
from services.request_svc.writing.partition import Applied
from services.request_svc.writing.writer import Hole
from tests.unit.log.benches import ADA, APPROVE, OPEN, Bench, command, later, opening

SOURCE = Source(5, "1.2.3", "prefix.commands")
ASKED = f"00-{'a' * 32}-{'1' * 16}-01"
SAME_TRACE = f"00-{'a' * 32}-{'2' * 16}-01"
ELSEWHERE = f"00-{'b' * 32}-{'3' * 16}-01"
TRACED = command(opening(), traceparent=ASKED)


def where(applied: Applied) -> tuple[str | None, str | None]:
    entry = applied.admitted.payload
    assert isinstance(entry, Entry)
    return place_of(entry, applied)


def test_an_opening_stands_under_the_call_that_asked() -> None:
    assert where(Bench().decide(TRACED)) == (ASKED, None)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (None, (ASKED, None)),
        (SAME_TRACE, (SAME_TRACE, None)),
        (ELSEWHERE, (ASKED, ELSEWHERE)),
    ],
)
def test_an_answer_stays_in_the_trace_of_the_question(
    given: str | None, place: tuple[str | None, str | None]
) -> None:
    bench = Bench()
    bench.decide(TRACED)

    answered = command(Respond(decision="approve"), actor=ADA, traceparent=given)

    assert where(bench.decide(answered)) == place


def test_the_place_survives_what_changes_the_request() -> None:
    bench = Bench()
    bench.decide(TRACED)
    bench.decide(APPROVE)

    assert where(bench.decide(APPROVE, seconds=1)) == (ASKED, None)


def test_a_request_that_was_opened_outside_of_traces_takes_its_callers() -> None:
    bench = Bench()
    bench.decide(OPEN)

    answered = command(Respond(decision="approve"), actor=ADA, traceparent=ELSEWHERE)

    assert where(bench.decide(answered)) == (ELSEWHERE, None)


def test_without_a_collector_what_follows_carries_the_place_itself() -> None:
    applied = Bench().decide(TRACED)

    place = decided_at(applied, SOURCE, later(1), shown=True)
    followed = placed(outputs_of(applied, SOURCE), place)

    assert {output.traceparent for output in followed} == {ASKED}
    assert [output.value for output in followed] == [o.value for o in outputs_of(applied, SOURCE)]


def test_outside_of_traces_nothing_is_carried() -> None:
    bench = Bench()
    applied = bench.decide(OPEN)

    assert decided_at(applied, SOURCE, later(1), shown=True) is None
    assert {output.traceparent for output in outputs_of(applied, SOURCE)} == {None}


def test_a_skip_stands_nowhere() -> None:
    bench = Bench()
    bench.land(bench.writer.skip(Hole(0, 2), 0).value)
    skipped = bench.read()[-1].applied
    assert skipped is not None
    assert decided_at(skipped, SOURCE, later(1), shown=True) is None
