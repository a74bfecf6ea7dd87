"""Whatever a command holds, it comes to an entry, and the next one is decided (I11)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_schemas.types import Comment, Commented, Open
from services.request_svc.judging.decide import decide
from services.request_svc.writing import effect, proposal
from services.request_svc.writing.proposal import Bounds
from tests.unit.log.benches import (
    APPROVE,
    OPEN,
    Bench,
    command,
    encode,
    opening,
    reason_of,
    said,
)

SMALL = Bounds(entry_bytes=3000, refusal_bytes=1500, state_bytes=3000)


def next_is_decided(bench: Bench) -> None:
    assert reason_of(bench.entry(said("and on", command_id="the next"))) is None


@given(junk=st.one_of(st.none(), st.binary(max_size=200)))
def test_given_bytes_that_are_no_command_then_they_are_refused_with_their_digest(
    junk: bytes | None,
) -> None:
    bench = Bench()
    bench.decide(OPEN)

    entry = bench.entry(junk)

    assert reason_of(entry) == "unreadable"
    assert (entry.command_id, entry.request_id, entry.reply_to) == ("", "", None)
    assert entry.command_digest == hashlib.sha256(junk or b"").digest()
    next_is_decided(bench)


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_given_a_command_with_a_flipped_bit_then_the_next_is_decided(place: int, bit: int) -> None:
    bench = Bench()
    bench.decide(OPEN)
    value = bytearray(encode(APPROVE))
    value[place % len(value)] ^= 1 << bit

    bench.entry(bytes(value))

    bench.decide(said("and on", command_id="the next"))


def test_given_an_envelope_around_no_command_then_the_caller_is_told() -> None:
    bench = Bench()

    entry = bench.entry(command(opening(), body=b"junk"))

    assert reason_of(entry) == "unreadable"
    assert entry.reply_to == OPEN.reply_to
    assert entry.command_digest is not None


@pytest.mark.parametrize(("over", "reason"), [(-1, None), (0, None), (1, "too_large")])
def test_an_entry_may_be_as_large_as_the_bound_and_no_larger(over: int, reason: str | None) -> None:
    bench = Bench(bounds=SMALL)
    bench.decide(OPEN)
    around = len(bench.send(said("t" * 1000))) - 1000
    bench.writer.doubt()
    bench.writer.settle(1)

    text = "t" * (SMALL.entry_bytes - around + over)
    entry = bench.entry(said(text, command_id="t" * 20))

    assert reason_of(entry) == reason
    assert (entry.command_digest is None) == (reason is None)
    next_is_decided(bench)


@pytest.fixture
def crashing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a part of the writer raise at what it is asked to do with a certain comment."""

    def at(module: Any, name: str, spoilt: Any) -> None:
        really = getattr(module, name)

        def crash(*case: Any) -> Any:
            if spoilt(*case):
                raise ZeroDivisionError
            return really(*case)

        monkeypatch.setattr(module, name, crash)

    return at


def test_given_a_bug_in_decide_then_the_command_is_refused_and_the_next_decided() -> None:
    def buggy(sent: Any, body: Any, *rest: Any) -> Any:
        if body == Comment(text="bug"):
            raise ZeroDivisionError
        return decide(sent, body, *rest)

    bench = Bench(decide=buggy)
    bench.decide(OPEN)

    entry = bench.entry(said("bug"))

    assert reason_of(entry) == "internal"
    assert entry.request_id == "r"
    assert entry.reply_to is not None
    next_is_decided(bench)


def test_given_a_bug_in_evolve_then_the_command_is_refused_and_the_next_decided(
    crashing: Any,
) -> None:
    bench = Bench()
    bench.decide(OPEN)
    crashing(
        effect, "fold_entry", lambda _, entry, *rest: entry.command_id == "bug" and entry.events
    )

    assert reason_of(bench.entry(said("bug"))) == "internal"

    next_is_decided(bench)


def test_given_a_bug_in_encode_then_the_command_is_refused_and_the_next_decided(
    crashing: Any,
) -> None:
    bench = Bench()
    bench.decide(OPEN)
    crashing(proposal, "encode", lambda word: isinstance(word, Commented) and word.text == "bug")

    assert reason_of(bench.entry(said("bug"))) == "internal"

    next_is_decided(bench)


def test_given_a_bug_wherever_the_request_is_touched_then_the_refusal_names_nothing(
    crashing: Any,
) -> None:
    bench = Bench()
    bench.decide(OPEN)
    crashing(effect, "fold_entry", lambda _, entry, *rest: entry.command_id == "bug")

    entry = bench.entry(said("bug"))

    assert (reason_of(entry), entry.command_id, entry.request_id) == ("internal", "", "")
    next_is_decided(bench)


def test_given_names_too_large_for_a_refusal_then_it_names_nothing() -> None:
    bench = Bench(bounds=SMALL)
    bench.decide(OPEN)

    entry = bench.entry(said("hello", correlation_id="c" * 4000))

    assert (reason_of(entry), entry.command_id) == ("too_large", "")
    next_is_decided(bench)


def test_given_a_state_beyond_its_bound_then_the_command_is_refused() -> None:
    bench = Bench(bounds=Bounds(state_bytes=1000))

    entry = bench.entry(command(opening(metadata='"' + "m" * 1000 + '"')))

    assert reason_of(entry) == "limit_reached"
    assert entry.events == ()


def test_given_a_request_of_another_partition_then_it_is_misrouted() -> None:
    bench = Bench()
    bench.writer._rules = proposal.Rules(
        type(bench.writer._rules.place)(1, 2), bench.writer._rules.decide, Bounds()
    )
    here = next(
        name for name in "abcdef" if reason_of(bench.entry(command(opening(), name))) is None
    )
    there = next(
        name
        for name in "ghijklm"
        if reason_of(bench.entry(command(opening(), name))) == "misrouted"
    )

    assert bench.writer.confirmed.request(here) is not None
    assert bench.writer.confirmed.request(there) is None


def test_an_opening_of_the_largest_policy_fits_or_is_refused() -> None:
    body: Open = opening(title="t" * 2_000_000)

    assert reason_of(Bench().entry(command(body))) == "too_large"
