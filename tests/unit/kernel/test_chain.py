"""All readers admit the same records, whatever else lies in the log."""

from datetime import UTC, datetime

import pytest

from event_schemas.types import Entry, Skip
from kernel.chain import (
    FRAME_BYTES,
    Head,
    admit,
    frame,
    genesis,
    hash_of,
    restored,
    stored,
    verify_stored,
)
from kernel.codec import encode
from kernel.errors import LogCut, Unreadable

START = genesis("human.input.log", 3, 12)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def entry(command_id: str = "c1") -> bytes:
    return encode(
        Entry(
            command_id=command_id, command="", request_id="r", tenant="t", received_at=NOON, at=NOON
        )
    )


def test_the_first_record_extends_the_beginning_of_its_own_log_only() -> None:
    value = frame(START, entry())
    assert admit(START, value, 0) is not None
    for other in (genesis("human.input.log", 4, 12), genesis("human.input.log", 3, 48)):
        assert admit(other, value, 0) is None


def test_of_two_that_extend_the_same_head_the_first_is_admitted() -> None:
    first, second = frame(START, entry("a")), frame(START, entry("b"))
    admitted = admit(START, first, 0)
    assert admitted is not None
    assert admit(admitted.after, second, 1) is None
    assert admit(admitted.after, first, 2) is None


def test_the_head_moves_with_the_entry() -> None:
    value = frame(START, entry())
    admitted = admit(START, value, 41)
    assert admitted is not None
    assert admitted.after == Head(1, hash_of(value), NOON, "c1", 41)


def test_a_skip_moves_the_head_over_the_hole() -> None:
    admitted = admit(START, frame(START, encode(Skip(to=9, at=START.at))), 0)
    assert admitted is not None
    assert admitted.after.next_command_offset == 9
    assert admitted.after.last_command_id == ""


@pytest.mark.parametrize("value", [b"", b"HR\x01", bytes(FRAME_BYTES), b"HR\x02" + bytes(80)])
def test_a_record_without_a_frame_is_noise(value: bytes) -> None:
    assert admit(START, value, 0) is None


def test_a_record_for_another_command_is_noise() -> None:
    later = Head(5, START.hash, START.at, "", -1)
    assert admit(START, frame(later, entry()), 0) is None


def test_an_admitted_record_that_cannot_be_read_stops_the_reader() -> None:
    with pytest.raises(Unreadable):
        admit(START, frame(START, b"\xc3\x01 a word of a later release"), 0)


def test_a_flipped_bit_anywhere_changes_the_hash_or_the_admission() -> None:
    value = frame(START, entry())
    admitted = admit(START, value, 0)
    assert admitted is not None
    for index in range(len(value)):
        bad = value[:index] + bytes([value[index] ^ 1]) + value[index + 1 :]
        try:
            found = admit(START, bad, 0)
        except Unreadable:
            continue
        assert found is None or found.hash != admitted.hash


def test_a_stored_head_is_verified_against_the_record_it_names() -> None:
    value = frame(START, entry())
    admitted = admit(START, value, 0)
    assert admitted is not None
    head = restored(stored(admitted.after))
    assert head == admitted.after
    verify_stored(head, value)
    for found in (None, frame(START, entry("other"))):
        with pytest.raises(LogCut):
            verify_stored(head, found)
