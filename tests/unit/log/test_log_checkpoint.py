"""Checkpoints: whole or not at all, and the same as the fold."""

import pytest

from services.request_svc.checkpoints import checkpoint as checkpoints
from services.request_svc.checkpoints.checkpoint import CheckpointBroken, dump, load
from services.request_svc.writing.partition import Contents, Partition
from tests.unit.log.benches import (
    APPROVE,
    GENESIS,
    OPEN,
    Bench,
    command,
    later,
    opening,
    policy,
    said,
)

DAY = 24 * 3600


def busy() -> Bench:
    bench = Bench()
    for number in range(40):
        rules = policy(quorum=1 + number % 3)
        bench.decide(command(opening(policy=rules), f"request {number}"))
    for sent in (OPEN, APPROVE, said("too late", valid_until=later(-1)), b"junk"):
        bench.decide(sent)
    return bench


def alike(one: Partition, other: Partition) -> bool:
    first, second = one.snapshot(), other.snapshot()
    first.expiries.sort()
    second.expiries.sort()
    return first == second


def test_what_is_loaded_is_what_was_dumped() -> None:
    confirmed = busy().writer.confirmed

    taken = dump(confirmed.snapshot())

    assert taken.log_offset == confirmed.head.log_offset
    assert alike(load(taken.manifest, taken.parts), confirmed)


def test_an_empty_partition_can_be_dumped() -> None:
    taken = dump(Contents(GENESIS))

    assert load(taken.manifest, taken.parts).snapshot() == Contents(GENESIS)


def test_given_a_large_state_then_it_comes_in_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PART_BYTES", 2000)
    confirmed = busy().writer.confirmed

    taken = dump(confirmed.snapshot())

    assert len(taken.parts) > 5
    assert alike(load(taken.manifest, taken.parts), confirmed)


def test_a_restored_writer_decides_the_same_bytes_as_one_that_never_stopped() -> None:
    live = busy()
    taken = dump(live.writer.confirmed.snapshot())
    restored = Bench(list(live.log), partition=load(taken.manifest, taken.parts))

    for seconds, sent in enumerate(
        (APPROVE, said("hm", request_id="request 3"), command(opening(), "request 4"), OPEN)
    ):
        values = {bench.send(sent, seconds) for bench in (live, restored)}
        assert len(values) == 1
        for bench in (live, restored):
            bench.land(*values)
            bench.read()
    for seconds in (2 * 3600, 29 * DAY):
        for bench in (live, restored):
            bench.decide(b"junk", seconds)
        assert alike(live.writer.confirmed, restored.writer.confirmed)
    later_on = {bench.send(b"junk", 31 * DAY) for bench in (live, restored)}
    assert len(later_on) == 1


@pytest.mark.parametrize("damage", ["flip", "drop", "swap", "repeat", "cut"])
def test_given_damaged_parts_then_the_checkpoint_is_not_believed(
    damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PART_BYTES", 2000)
    taken = dump(busy().writer.confirmed.snapshot())
    first, second, *rest = taken.parts
    damaged = {
        "flip": (first[:-1] + bytes([first[-1] ^ 1]), second, *rest),
        "drop": (second, *rest),
        "swap": (second, first, *rest),
        "repeat": (first, first, second, *rest),
        "cut": (first[:-3], second, *rest),
    }[damage]

    with pytest.raises(CheckpointBroken):
        load(taken.manifest, damaged)


def test_given_a_manifest_of_other_states_then_the_checkpoint_is_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = dump(Contents(GENESIS))
    monkeypatch.setattr(checkpoints, "FOLD_VERSION", checkpoints.FOLD_VERSION + 1)
    checkpoints.state_version.cache_clear()
    try:
        with pytest.raises(CheckpointBroken):
            load(taken.manifest, taken.parts)
    finally:
        monkeypatch.undo()
        checkpoints.state_version.cache_clear()


@pytest.mark.parametrize("manifest", [b"", b"junk", b"\xc3\x01 not a manifest"])
def test_given_a_manifest_that_is_none_then_the_checkpoint_is_not_believed(manifest: bytes) -> None:
    with pytest.raises(CheckpointBroken):
        load(manifest, ())
