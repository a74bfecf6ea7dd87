"""What a client has met of a request: it never reads less than that again."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from handraise import Answered, ChangesRequested, Request
from handraise.errors import Unavailable
from handraise.seen import Seen
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sdk.service import (
    Script,
    Service,
    closed,
    hand_over,
    opened,
    problem,
    sync_hand_over,
)


def shown(version: int | None, request_id: str = "req-1", **fields: Any) -> httpx.Response:
    return httpx.Response(
        200, json={"id": request_id, "state": "pending", "version": version, **fields}
    )


def asked_for(script: Script) -> list[str | None]:
    return [call.url.params.get("min_version") for call in script.asked]


@pytest.mark.parametrize(
    "verb",
    [
        lambda hand: hand.claim("req-1"),
        lambda hand: hand.cancel("req-1"),
        lambda hand: hand.comment("req-1", "hm"),
        lambda hand: hand.respond("req-1", decision="approve"),
        lambda hand: hand.request(title="Go?"),
    ],
    ids=["claim", "cancel", "comment", "respond", "request"],
)
async def test_a_client_reads_what_it_has_written(verb: Any) -> None:
    script = Script([shown(3), shown(3), httpx.Response(200, json={"items": []}), closed()])
    hand = hand_over(script)
    await verb(hand)
    await hand.get("req-1")
    await hand.history("req-1")
    assert isinstance(await hand.wait("req-1"), Answered)
    assert asked_for(script) == [None, "3", "3", "3"]


def test_the_sync_client_does_so_too() -> None:
    script = Script([shown(3), shown(4), httpx.Response(200, json={"items": []}), closed()])
    hand = sync_hand_over(script)
    hand.claim("req-1")
    hand.get("req-1")
    hand.history("req-1")
    assert hand.poll("req-1") is not None
    assert asked_for(script) == [None, "3", "4", "4"]


async def test_what_another_wrote_is_kept_once_it_was_read() -> None:
    script = Script([shown(7), closed(version=9), shown(9), shown(9)])
    hand = hand_over(script)
    await hand.get("req-1")
    await hand.poll("req-1")
    await hand.get("req-1")
    await hand.acting_for("somebody").get("req-1")
    assert asked_for(script) == [None, "7", "9", "9"]


async def test_what_a_callback_brought_is_not_unseen_again() -> None:
    script = Script([shown(5)])
    hand = hand_over(script)
    hand.met(Request(id="req-1", state="responded", version=5))
    await hand.get("req-1")
    assert asked_for(script) == ["5"]


async def test_asking_again_after_a_revision_does_not_bring_the_old_wish_back() -> None:
    service = Service()
    hand = hand_over(service)
    request = await hand.request(title="Go?", idempotency_key="k")
    service.ask_for_changes(request.id)
    assert isinstance(await hand.ask(title="Go?", idempotency_key="k"), ChangesRequested)
    service.hold_view(looks=2)
    await hand.revise(request.id, title="Go now?")
    service.close(request.id)
    assert isinstance(await hand.ask(title="Go?", idempotency_key="k"), Answered)


def test_so_it_is_with_the_sync_client() -> None:
    service = Service()
    hand = sync_hand_over(service)
    request = hand.request(title="Go?", idempotency_key="k")
    service.ask_for_changes(request.id)
    assert isinstance(hand.ask(title="Go?", idempotency_key="k"), ChangesRequested)
    service.hold_view(looks=2)
    hand.revise(request.id, title="Go now?")
    service.close(request.id)
    assert isinstance(hand.ask(title="Go?", idempotency_key="k"), Answered)


async def test_a_short_wait_brings_what_a_callback_told_however_far_the_view_is_behind() -> None:
    service = Service()
    hand, sync = hand_over(service), sync_hand_over(service)
    request = await hand.request(title="Go?")
    service.hold_view(looks=10)
    told = Request.model_validate(service.close(request.id))
    hand.met(told)
    assert isinstance(await hand.wait(request.id, at_most=timedelta(seconds=1)), Answered)
    service.looks_behind = 10
    assert await hand.poll(request.id, seconds=1) == told
    service.looks_behind = 10
    sync.met(told)
    assert sync.poll(request.id, seconds=1) == told


async def test_a_short_wait_that_is_up_to_date_ends_and_passes_over_what_is_old() -> None:
    service = Service()
    hand = hand_over(service)
    request = await hand.request(title="Go?")
    service.hold_view(looks=10)
    hand.met(wanted := Request.model_validate(service.ask_for_changes(request.id)))
    assert await hand.poll(request.id, seconds=1, after_version=wanted.version) is None
    service.looks_behind = 10
    assert await hand.poll(request.id, seconds=1) == wanted


async def test_a_version_of_ones_own_counts_before_what_is_remembered() -> None:
    script = Script([shown(7), shown(2)])
    hand = hand_over(script)
    await hand.get("req-1")
    assert (await hand.get("req-1", min_version=0)).version == 2
    assert asked_for(script) == [None, "0"]


async def test_a_view_that_lags_is_asked_again_and_one_that_stays_behind_is_an_error() -> None:
    late = problem(503, "unavailable")
    hand = hand_over(Script([opened(version=1), late, late, shown(1)]))
    await hand.request(title="Go?")
    assert (await hand.get("req-1")).version == 1
    dead = hand_over(Script([opened(version=1), *[late] * 50]), patience_seconds=5)
    await dead.request(title="Go?")
    with pytest.raises(Unavailable):
        await dead.get("req-1")


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.none() | st.integers(1, 9)), max_size=40))
def test_the_newest_of_the_last_few_is_known(met: list[tuple[str, int | None]]) -> None:
    seen = Seen(kept=3)
    last: list[str] = []
    for request_id, version in met:
        seen.note(Request(id=request_id, state="pending", version=version))
        if version is not None:
            last = [*(one for one in last if one != request_id), request_id][-3:]
    for request_id in "abcde":
        assert (seen.least(request_id) is not None) == (request_id in last)


async def test_threads_may_share_what_is_known() -> None:
    seen = Seen(kept=5)

    def meet(start: int) -> None:
        for version in range(start, start + 2_000):
            seen.note(Request(id=str(version % 7), state="pending", version=version))

    await asyncio.gather(*(asyncio.to_thread(meet, start) for start in (1, 500, 1_000)))
    known = [seen.least(str(one)) for one in range(7)]
    assert sum(version is not None for version in known) == 5
