"""Functions behind an approval, on all of Handraise: bound to their arguments, and run once."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio
from handraise import (
    ApprovalPending,
    Handraise,
    HandraiseSync,
    approval_scope,
    requires_approval,
)
from handraise.approvals.refusals import (
    ApprovalChanged,
    ApprovalRejected,
    ApprovalSpent,
    ApprovalStale,
    ApprovalTimedOut,
)
from handraise.errors import Conflict, NotAllowed

from examples.adapters import requires_approval_payments
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Scene:
    """A running Handraise, an agent's client and a reviewer's."""

    playing: Stage
    found: Surroundings
    hand: Handraise
    reviewer: Handraise


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(playing: Stage) -> AsyncIterator[Scene]:
    found = playing.found("adapters")
    async with (
        Handraise(found.url, found.api_key) as hand,
        Handraise(found.url, found.reviewer_token) as reviewer,
    ):
        yield Scene(playing, found, hand, reviewer)


class Bank:
    """A process that pays behind an approval."""

    def __init__(self, hand: Handraise, **approval: Any) -> None:
        self.paid: list[tuple[str, Decimal]] = []
        how: Any = {"name": "bank.pay", "wait": False, **approval}

        @requires_approval(hand, **how)
        async def pay(to: str, amount: Decimal) -> str:
            self.paid.append((to, amount))
            return to

        self.pay = pay


async def pending(call: Any) -> str:
    with pytest.raises(ApprovalPending) as still:
        await call
    return still.value.request_id


async def decided(scene: Scene, request_id: str, decision: str, **said: Any) -> None:
    done = await scene.reviewer.respond(request_id, decision=decision, **said)
    await scene.hand.get(request_id, min_version=done.version)


async def test_of_many_processes_one_makes_the_call_that_was_approved(scene: Scene) -> None:
    banks = [Bank(scene.hand) for _ in range(6)]
    asked = {await pending(bank.pay("bob", Decimal("1.50"))) for bank in banks}
    (request_id,) = asked
    shown = await scene.reviewer.get(request_id)
    assert shown.kind == "tool_call"
    assert shown.context == {
        "function": "bank.pay",
        "arguments": {"to": "bob", "amount": "1.50"},
        "types": {"/amount": "decimal.Decimal"},
    }
    await decided(scene, request_id, "approve", content_hash=shown.content_hash)
    with approval_scope(request_id=request_id), pytest.raises(ApprovalChanged):
        await banks[0].pay("eve", Decimal("1.50"))
    calls = (bank.pay("bob", Decimal("1.50")) for bank in banks)
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(end == "bob" for end in ends) == 1
    assert sum(isinstance(end, ApprovalSpent) for end in ends) == 5
    assert [one for bank in banks for one in bank.paid] == [("bob", Decimal("1.50"))]
    history = await scene.hand.history(request_id)
    (spent,) = [one for one in history if re.fullmatch("redeemed", one.event, re.IGNORECASE)]
    assert spent.data["spender"] == "bank.pay"


async def test_edited_arguments_are_the_ones_that_are_paid(scene: Scene) -> None:
    bank = Bank(scene.hand, use_edited=True)
    request_id = await pending(bank.pay("ann", Decimal(9)))
    context = dict((await scene.reviewer.get(request_id)).context or {})
    edited = {**context, "arguments": {"to": "ann", "amount": "4.50"}}
    await decided(scene, request_id, "approve", edited=edited)
    with pytest.raises(ApprovalChanged):
        await Bank(scene.hand).pay("ann", Decimal(9))
    await bank.pay("ann", Decimal(9))
    assert bank.paid == [("ann", Decimal("4.50"))]


async def test_a_call_that_waits_runs_when_it_is_approved(scene: Scene) -> None:
    bank = Bank(scene.hand, wait=True)
    call = asyncio.create_task(bank.pay("joe", Decimal(2)))
    request_id = await pending(Bank(scene.hand).pay("joe", Decimal(2)))
    await decided(scene, request_id, "approve")
    assert await call == "joe"


async def test_a_rejection_and_a_deadline_refuse_the_call(scene: Scene) -> None:
    bank = Bank(scene.hand)
    await decided(scene, await pending(bank.pay("kim", Decimal(3))), "reject", comment="No")
    with pytest.raises(ApprovalRejected, match="No"):
        await bank.pay("kim", Decimal(3))
    with pytest.raises(ApprovalTimedOut):
        await Bank(scene.hand, wait=True, timeout=1 / 60).pay("lee", Decimal(3))


async def test_an_approval_without_a_receipt_can_not_be_spent(scene: Scene) -> None:
    bank = Bank(scene.hand, kind="approval")
    await decided(scene, await pending(bank.pay("max", Decimal(4))), "approve")
    with pytest.raises(ApprovalStale, match="receipt"):
        await bank.pay("max", Decimal(4))


async def test_only_who_asked_and_may_redeem_spends_and_only_what_was_approved(
    scene: Scene,
) -> None:
    request_id = await pending(Bank(scene.hand).pay("sue", Decimal(5)))
    with pytest.raises(Conflict) as early:
        await scene.hand.redeem(request_id, "0" * 64)
    assert early.value.code == "wrong_state"
    await decided(scene, request_id, "approve")
    right = (await scene.hand.get(request_id)).content_hash or ""
    with pytest.raises(Conflict) as other:
        await scene.hand.redeem(request_id, "0" * 64)
    assert other.value.code == "stale_revision"
    with pytest.raises(NotAllowed):
        await scene.reviewer.redeem(request_id, right)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {scene.found.api_key}"}) as raw:
        address = f"{scene.found.url}/api/v1/requests/{request_id}/redeem"
        key = {"Idempotency-Key": "dispatch-1"}
        first, again, later = [
            await raw.post(address, json={"content_hash": right}, headers=headers)
            for headers in (key, key, {"Idempotency-Key": "dispatch-2"})
        ]
    assert (first.status_code, again.status_code, later.status_code) == (200, 200, 409)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert later.json()["code"] == "spent"


async def test_functions_that_block_are_approved_the_same_way(scene: Scene) -> None:
    paid: list[str] = []

    def work() -> None:
        with HandraiseSync(scene.found.url, scene.found.api_key) as hand:

            @requires_approval(hand, name="till.pay")
            def pay(to: str) -> None:
                paid.append(to)

            pay("zoe")

    done = asyncio.create_task(asyncio.to_thread(work))

    @requires_approval(scene.hand, name="till.pay", wait=False)
    async def pay(to: str) -> None:
        """The same call from another process."""

    await decided(scene, await pending(pay("zoe")), "approve")
    await done
    assert paid == ["zoe"]


async def test_the_example_pays_once_and_only_what_was_approved(scene: Scene) -> None:
    screen = Screen()
    payments = await requires_approval_payments.play(scene.found, screen, "approve")
    assert payments.paid == [("Acme", Decimal("240.50"))]
    payments = await requires_approval_payments.play(scene.found, screen, "reject")
    assert payments.paid == []
