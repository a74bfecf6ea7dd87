"""The writer: two layers, doubt, bounds, holes, and commands that were lost."""

import pytest

from event_schemas.types import Rebase
from kernel.chain import FRAME_BYTES
from kernel.errors import CommandsLost, Unreadable
from services.request_svc.writing.writer import (
    STALL_SECONDS,
    Bounds,
    CommandRecord,
    Hole,
    Known,
    Outgoing,
)
from tests.unit.log.benches import (
    APPROVE,
    NOON,
    OPEN,
    Bench,
    after,
    command,
    encode,
    entry_in,
    later,
    opening,
    reason_of,
    said,
)


def test_given_an_entry_in_flight_when_it_is_read_back_then_it_is_confirmed() -> None:
    bench = Bench()
    value = bench.send(OPEN)
    assert (bench.writer.flying, bench.writer.flying_bytes) == (1, len(value))
    assert bench.head.next_command_offset == 0

    bench.land(value)
    (observed,) = bench.read()

    assert observed.applied is not None
    assert not observed.doubt
    assert (bench.writer.flying, bench.writer.flying_bytes) == (0, 0)
    assert bench.head.next_command_offset == 1
    assert bench.writer.confirmed.request("r") == observed.applied.request


def test_given_an_opening_in_flight_when_an_answer_comes_then_it_is_judged_on_the_opening() -> None:
    bench = Bench()
    bench.send(OPEN)

    assert reason_of(entry_in(bench.send(APPROVE))) is None


def test_given_an_entry_in_flight_when_its_packet_lands_twice_then_the_second_is_noise() -> None:
    bench = Bench()
    value = bench.send(OPEN)
    bench.land(value)
    bench.land(value)

    first, second = bench.read()

    assert first.applied is not None
    assert second.applied is None
    assert not second.doubt


def test_given_entries_in_flight_when_another_entry_wins_then_they_are_dropped() -> None:
    bench, other = Bench(), Bench()
    lost = [bench.send(OPEN), bench.send(APPROVE)]
    bench.land(other.send(command(opening(title="Another"), command_id="another")))
    bench.land(lost[0])

    won, noise = bench.read()

    assert won.doubt
    assert noise.applied is None
    assert bench.writer.flying == 0
    assert bench.writer.next_command_offset == 1
    assert not bench.writer.settled


def test_given_nothing_in_flight_when_anothers_entry_is_read_then_it_is_no_doubt() -> None:
    bench, other = Bench(), Bench()
    bench.land(other.send(OPEN))

    (observed,) = bench.read()

    assert observed.applied is not None
    assert not observed.doubt
    assert isinstance(bench.writer.take(CommandRecord(0, encode(OPEN), NOON)), Known)


def test_given_a_doubt_when_the_dropped_entry_wins_after_all_then_it_stands() -> None:
    bench = Bench()
    value = bench.send(OPEN)
    bench.writer.doubt()
    bench.land(value)

    assert not bench.writer.settle(1)
    bench.read()

    assert bench.writer.settle(1)
    assert bench.writer.confirmed.request("r") is not None
    assert bench.writer.next_command_offset == 1


def test_given_a_doubt_when_the_log_is_not_read_to_its_end_then_nothing_is_decided() -> None:
    bench = Bench()
    bench.writer.doubt()

    with pytest.raises(RuntimeError):
        bench.send(OPEN)


def test_given_what_others_wrote_when_the_same_bytes_are_in_flight_then_they_are_its_own() -> None:
    """Two writers of one release write the same bytes, so that nobody loses anything."""
    bench, other = Bench(), Bench()
    bench.send(OPEN)
    bench.land(other.send(OPEN))

    (observed,) = bench.read()

    assert observed.applied is not None
    assert not observed.doubt


def test_given_as_many_entries_in_flight_as_may_be_then_the_writer_is_full() -> None:
    bench = Bench(bounds=Bounds(entries=2))
    values = [bench.send(OPEN), bench.send(APPROVE)]
    assert bench.writer.full
    with pytest.raises(RuntimeError):
        bench.send(said("more"))

    bench.land(values[0])
    bench.read()

    assert not bench.writer.full


def test_given_bytes_in_flight_when_the_largest_entry_would_not_fit_then_the_writer_is_full() -> (
    None
):
    size = len(Bench().send(OPEN))
    bench = Bench(bounds=Bounds(bytes=2000 + size - 1, entry_bytes=2000))

    bench.send(OPEN)

    assert bench.writer.full


def test_given_the_same_oldest_entry_for_five_seconds_then_the_writer_is_stalled() -> None:
    bench = Bench()
    first = bench.send(OPEN)
    bench.send(APPROVE)
    assert not bench.writer.stalled(100)
    assert not bench.writer.stalled(100 + STALL_SECONDS - 0.1)

    bench.land(first)
    bench.read()

    assert not bench.writer.stalled(100 + STALL_SECONDS)
    assert bench.writer.stalled(100 + 2 * STALL_SECONDS)


def test_given_a_later_record_than_the_next_when_it_is_no_loss_then_the_hole_is_skipped() -> None:
    bench = Bench()
    record = CommandRecord(2, encode(OPEN), NOON)
    hole = bench.writer.take(record)
    assert hole == Hole(0, 2)

    bench.land(bench.writer.skip(hole, first=0).value)
    bench.read()

    assert bench.head.next_command_offset == 2
    assert isinstance(bench.writer.take(record), Outgoing)


def test_given_a_later_record_when_c_begins_after_the_next_then_commands_are_lost() -> None:
    bench = Bench()
    hole = bench.writer.take(CommandRecord(2, encode(OPEN), NOON))
    assert isinstance(hole, Hole)

    with pytest.raises(CommandsLost):
        bench.writer.skip(hole, first=1)


@pytest.mark.parametrize(
    ("first", "end", "lost"),
    [(0, 1, False), (1, 1, False), (0, 9, False), (2, 5, True), (0, 0, True)],
)
def test_c_must_begin_at_or_before_the_next_command_and_not_end_before_it(
    first: int, end: int, lost: bool
) -> None:
    bench = Bench()
    bench.decide(OPEN)
    if lost:
        with pytest.raises(CommandsLost):
            bench.writer.check_commands(first, end, None)
    else:
        bench.writer.check_commands(first, end, None)


def test_given_another_command_where_the_last_one_stood_then_commands_are_lost() -> None:
    bench = Bench()
    bench.decide(OPEN)
    bench.writer.check_commands(0, 1, encode(OPEN))

    with pytest.raises(CommandsLost):
        bench.writer.check_commands(0, 1, encode(APPROVE))


def test_given_other_bytes_where_an_unreadable_command_stood_then_commands_are_lost() -> None:
    bench = Bench()
    bench.decide(b"junk")
    bench.writer.check_commands(0, 1, b"junk")

    with pytest.raises(CommandsLost):
        bench.writer.check_commands(0, 1, b"other junk")


def test_given_a_skip_when_c_holds_a_command_there_after_all_then_commands_are_lost() -> None:
    bench, other = Bench(), Bench()
    bench.land(other.writer.skip(Hole(0, 4), first=0).value)
    bench.read()
    last = bench.writer.confirmed.last_command
    assert last is not None
    assert last.offset == 3
    bench.writer.check_commands(0, 4, None)

    with pytest.raises(CommandsLost):
        bench.writer.check_commands(0, 4, encode(OPEN))
    with pytest.raises(CommandsLost):
        bench.writer.take(CommandRecord(1, encode(OPEN), NOON))


def test_given_a_rebase_when_c_holds_another_command_before_it_then_nothing_is_lost() -> None:
    """The operator knows; the partition must not stop again for what was looked into."""
    bench = Bench()
    for sent in (OPEN, APPROVE):
        bench.decide(sent)
    bench.land(after(bench.head, Rebase(to=1, reason="cut", who="olga", at=bench.head.at)))
    bench.read()

    assert bench.writer.confirmed.last_command is None
    assert bench.writer.next_command_offset == 1
    bench.writer.check_commands(0, 1, None)


def test_given_anothers_entry_for_a_command_that_was_cut_when_c_shows_another_then_it_stops() -> (
    None
):
    bench, other = Bench(), Bench()
    bench.land(other.send(OPEN))
    bench.read()

    with pytest.raises(CommandsLost):
        bench.writer.take(CommandRecord(0, encode(APPROVE), NOON))


def test_given_a_reconnect_when_noise_behind_the_head_was_cut_then_what_replaced_it_is_read() -> (
    None
):
    bench, other = Bench(), Bench()
    bench.land(bench.send(OPEN))
    bench.land(b"noise")
    bench.read()
    other.decide(OPEN)
    bench.log[1] = other.send(APPROVE)

    assert bench.writer.reread() == 1
    (observed,) = bench.read()

    assert observed.applied is not None


def test_given_an_admitted_entry_that_is_unknown_then_the_partition_is_given_up() -> None:
    bench = Bench()
    value = bench.send(OPEN)
    bench.writer.doubt()
    unknown = value[:FRAME_BYTES] + b"\xc3\x01 unknown" + value[FRAME_BYTES + 10 :]

    with pytest.raises(Unreadable):
        bench.writer.observe(unknown, 0)


def test_the_entry_is_stamped_with_the_later_of_the_commands_time_and_the_logs() -> None:
    bench = Bench()
    bench.decide(OPEN, seconds=10)

    entry = bench.entry(said("back"), seconds=4)

    assert (entry.received_at, entry.at) == (later(4), later(10))
