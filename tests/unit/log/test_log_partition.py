"""The fold: what it keeps, what it forgets and when, by the log's time alone."""

from copy import deepcopy

import pytest

from event_schemas.types import Cancel, Entry, Recorded, RequestState, Respond
from kernel.chain import admit
from kernel.errors import Unreadable
from services.request_svc.writing import partition as partitions
from services.request_svc.writing.partition import Partition
from services.request_svc.writing.ruling import GRACE_SECONDS
from tests.unit.log.benches import (
    APPROVE,
    GENESIS,
    OPEN,
    Bench,
    after,
    command,
    later,
    opening,
    policy,
    said,
)

DAY = 24 * 3600


def folded(log: list[bytes]) -> Partition:
    partition = Partition.empty(GENESIS)
    for offset, value in enumerate(log):
        admitted = admit(partition.head, value, offset)
        assert admitted is not None
        partition.apply(admitted)
    return partition


def test_what_a_writer_confirms_of_its_own_is_what_anybody_folds_from_the_log() -> None:
    bench = Bench()
    for sent in (OPEN, said("hm"), APPROVE, APPROVE, b"junk", command(opening(), "other")):
        bench.decide(sent)

    theirs, mine = folded(bench.log).snapshot(), bench.writer.confirmed.snapshot()

    assert theirs == mine


def test_an_outcome_is_forgotten_when_the_logs_time_reaches_its_end() -> None:
    bench = Bench()
    until = bench.entry(said("hm")).remember_until
    assert until is not None

    bench.decide(OPEN, seconds=(until - later(0)).total_seconds() - 0.001)
    assert bench.writer.confirmed.outcome("hm") is not None

    bench.decide(b"junk", seconds=(until - later(0)).total_seconds())
    assert bench.writer.confirmed.outcome("hm") is None


def test_a_closed_request_is_forgotten_after_thirty_days_and_an_open_one_is_not() -> None:
    bench = Bench()
    bench.decide(OPEN)
    bench.decide(command(opening(timeout_seconds=None), "open"))
    bench.decide(APPROVE, seconds=5)

    bench.decide(b"junk", seconds=5 + 30 * DAY - 1)
    assert bench.writer.confirmed.request("r") is not None

    bench.decide(b"junk", seconds=5 + 30 * DAY)
    assert bench.writer.confirmed.request("r") is None
    assert bench.writer.confirmed.request("open") is not None


def test_given_a_closed_request_that_is_spoken_of_again_then_it_is_forgotten_once() -> None:
    bench = Bench()
    for sent in (OPEN, APPROVE, said("well done")):
        bench.decide(sent)
    stubs = [e for e in bench.writer.confirmed.snapshot().expiries if e[2] == "r"]
    assert len(stubs) == 1

    bench.decide(b"junk", seconds=31 * DAY)

    assert bench.writer.confirmed.request("r") is None


def test_given_an_entry_in_flight_that_makes_an_outcome_forgotten_then_a_writer_sees_none() -> None:
    """In flight or confirmed, the same commands come to the same bytes."""
    piped, stepwise = Bench(), Bench()
    ahead = 900 + GRACE_SECONDS
    story = [(OPEN, 0), (said("once"), 0), (b"junk", ahead), (said("once"), ahead)]

    values = [piped.send(sent, seconds) for sent, seconds in story]

    assert values == [
        stepwise.decide(sent, seconds) and stepwise.log[-1] for sent, seconds in story
    ]


def test_given_a_closing_in_flight_when_its_stub_will_be_gone_then_a_writer_sees_none() -> None:
    """The assumed layer forgets when the fold will have forgotten."""
    bench = Bench()
    for value in (bench.send(OPEN), bench.send(APPROVE), bench.send(b"junk", 30 * DAY)):
        bench.land(value)
    again = bench.send(command(opening(), command_id="2", valid_until=None), 30 * DAY)
    bench.land(again)

    last = bench.read()[-1]

    assert last.applied is not None
    assert last.applied.request is not None
    assert last.applied.request.state.version == 1
    assert folded(bench.log).snapshot() == bench.writer.confirmed.snapshot()


def test_a_policy_is_kept_once_and_as_long_as_a_request_needs_it() -> None:
    bench = Bench()
    strict = policy(quorum=2)
    for name in ("a", "b"):
        bench.decide(command(opening(policy=strict), name))
    bench.decide(OPEN)
    held = bench.writer.confirmed.snapshot()
    assert sorted(held.sharing.values()) == [1, 2]

    bench.decide(command(Cancel(), "a"))
    bench.decide(b"junk", seconds=30 * DAY)
    bench.decide(command(Cancel(), "b", valid_until=None), seconds=30 * DAY)
    bench.decide(command(Cancel(), "r", valid_until=None), seconds=30 * DAY)
    assert len(bench.writer.confirmed.snapshot().policies) == 2

    bench.decide(b"junk", seconds=60 * DAY)
    held = bench.writer.confirmed.snapshot()
    assert (held.requests, held.policies, held.sharing, held.expiries) == ({}, {}, {}, [])


def test_requests_read_from_their_encoding_are_those_that_were_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(partitions, "DECODED_REQUESTS", 1)
    narrow, wide = Bench(), Bench()
    for sent in (OPEN, command(opening(), "other"), said("hm"), APPROVE):
        bench_entries = [bench.send(sent) for bench in (narrow, wide)]
        assert bench_entries[0] == bench_entries[1]
        for bench, value in zip((narrow, wide), bench_entries, strict=True):
            bench.land(value)
            bench.read()
        monkeypatch.setattr(partitions, "DECODED_REQUESTS", 1)

    state = narrow.writer.confirmed.request("r")
    assert state is not None
    assert isinstance(state.state, RequestState)
    assert narrow.writer.confirmed.snapshot() == wide.writer.confirmed.snapshot()


def test_given_an_entry_with_an_unknown_event_then_the_fold_stops_before_it() -> None:
    bench = Bench()
    bench.decide(OPEN)
    entry = Entry(
        command_id="c",
        command="Lock",
        request_id="r",
        tenant="demo",
        received_at=later(1),
        at=later(1),
        events=(Recorded(by_policy=False, body=b"\xc3\x01 unknown body"),),
    )
    bench.land(after(bench.head, entry))
    before = bench.writer.confirmed.snapshot()

    with pytest.raises(Unreadable):
        bench.read()

    assert bench.writer.confirmed.snapshot() == before


def test_given_a_snapshot_when_the_fold_goes_on_then_the_snapshot_stays() -> None:
    bench = Bench()
    bench.decide(OPEN)
    taken = bench.writer.confirmed.snapshot()
    held = deepcopy(taken)

    bench.decide(command(Respond(decision="reject"), actor=APPROVE.actor))
    bench.decide(b"junk", seconds=31 * DAY)

    assert taken == held
