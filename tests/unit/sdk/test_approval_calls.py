"""A function that needs an approval: who is asked what, and when it runs."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from handraise import ApprovalPending, ApprovalRefused, approval_scope, requires_approval
from handraise.approvals.refusals import (
    ApprovalCancelled,
    ApprovalChanged,
    ApprovalRejected,
    ApprovalSpent,
    ApprovalStale,
    ApprovalTimedOut,
    NoJsonForm,
)
from handraise.errors import Invalid, NotFound

from tests.unit.sdk.approving import Approvals


class Bank:
    """A bank that remembers what was paid."""

    def __init__(self, service: Approvals, **approval: Any) -> None:
        self.paid: list[tuple[Any, ...]] = []
        how: Any = {"title": "Pay {amount} to {to}?", "wait": False, **approval}

        @requires_approval(service.hand(), **how)
        async def pay(to: str, amount: Decimal, notes: list[str] | None = None) -> str:
            """Pay."""
            self.paid.append((to, amount, notes))
            return f"paid {to}"

        self.pay = pay


async def pending(call: Any) -> str:
    with pytest.raises(ApprovalPending) as still:
        await call
    return still.value.request_id


async def test_a_call_asks_with_its_arguments_and_runs_once_it_is_approved() -> None:
    service = Approvals()
    bank = Bank(service)
    request_id = await pending(bank.pay("bob", Decimal("1.50")))
    asked = service.requests[request_id]
    assert (asked["title"], asked["type"]) == ("Pay 1.50 to bob?", "tool_call")
    assert asked["context"] == {
        "function": f"{__name__}.Bank.__init__.<locals>.pay",
        "arguments": {"to": "bob", "amount": "1.50", "notes": None},
        "types": {"/amount": "decimal.Decimal"},
    }
    assert bank.paid == []
    service.decide(request_id, "approve")
    assert await bank.pay("bob", amount=Decimal("1.50")) == "paid bob"
    assert bank.paid == [("bob", Decimal("1.50"), None)]
    assert len(service.requests) == 1


async def test_a_call_can_wait_for_its_decision() -> None:
    service = Approvals()
    bank = Bank(service, wait=True)

    def decides(_method: str, path: str) -> None:
        if path.endswith("/wait"):
            service.decide(service.only, "approve")

    service.before = decides
    assert await bank.pay("bob", Decimal(1)) == "paid bob"


async def test_a_wait_that_ends_before_the_decision_leaves_it_pending() -> None:
    service = Approvals()
    bank = Bank(service, wait=timedelta(seconds=3))
    assert await pending(bank.pay("bob", Decimal(1))) == service.only


async def test_an_approval_is_spent_by_one_call_and_another_key_asks_anew() -> None:
    service = Approvals()
    bank = Bank(service)
    service.decide(await pending(bank.pay("bob", Decimal(1))), "approve")
    await bank.pay("bob", Decimal(1))
    with pytest.raises(ApprovalSpent):
        await bank.pay("bob", Decimal(1))
    with approval_scope(key="the second time"):
        other = await pending(bank.pay("bob", Decimal(1)))
    assert len(service.requests) == 2
    service.decide(other, "approve")
    with approval_scope(key="the second time"):
        await bank.pay("bob", Decimal(1))
    assert len(bank.paid) == 2


async def test_of_calls_at_the_same_time_one_runs() -> None:
    service = Approvals()
    bank = Bank(service)
    service.decide(await pending(bank.pay("bob", Decimal(1))), "approve")
    calls = (bank.pay("bob", Decimal(1)) for _ in range(5))
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert ends.count("paid bob") == len(bank.paid) == 1
    assert sum(isinstance(end, ApprovalSpent) for end in ends) == 4


async def test_another_call_under_the_same_request_is_refused_as_changed() -> None:
    service = Approvals()
    bank = Bank(service)
    request_id = await pending(bank.pay("bob", Decimal(1)))
    service.decide(request_id, "approve")
    with approval_scope(request_id=request_id):
        with pytest.raises(ApprovalChanged):
            await bank.pay("eve", Decimal(1))
        await bank.pay("bob", Decimal(1))
    assert bank.paid == [("bob", Decimal(1), None)]
    assert len(service.requests) == 1


async def test_what_happens_to_an_argument_meanwhile_changes_nothing() -> None:
    service = Approvals()
    bank = Bank(service, wait=True)
    notes = ["rent"]

    def changes(_method: str, path: str) -> None:
        notes.append("and more")
        if path.endswith("/wait"):
            service.decide(service.only, "approve")

    service.before = changes
    await bank.pay("bob", Decimal(1), notes)
    assert bank.paid == [("bob", Decimal(1), ["rent"])]


@pytest.mark.parametrize(
    ("end", "refusal", "word"),
    [
        ({"response": {"decision": "reject", "means": "reject"}}, ApprovalRejected, "rejected"),
        ({"outcome": "could_not_complete"}, ApprovalRejected, "rejected"),
        ({"state": "revising", "outcome": None}, ApprovalRejected, "rejected"),
        ({"outcome": "timed_out", "response": None}, ApprovalTimedOut, "timed_out"),
        (
            {"outcome": "timed_out", "response": {"decision": "approve", "means": "approve"}},
            ApprovalTimedOut,
            "timed_out",
        ),
        ({"outcome": "cancelled", "response": None}, ApprovalCancelled, "cancelled"),
    ],
)
async def test_whatever_is_no_approval_refuses_the_call(
    end: dict[str, Any], refusal: type[ApprovalRefused], word: str
) -> None:
    service = Approvals()
    bank = Bank(service)
    service.close(await pending(bank.pay("bob", Decimal(1))), **end)
    with pytest.raises(refusal) as refused:
        await bank.pay("bob", Decimal(1))
    assert refused.value.reason == word
    assert bank.paid == []


@pytest.mark.parametrize("trouble", ["is_expired", "gives_receipts"])
async def test_an_approval_without_a_valid_receipt_is_stale(trouble: str) -> None:
    service = Approvals()
    bank = Bank(service)
    setattr(service, trouble, trouble == "is_expired")
    service.decide(await pending(bank.pay("bob", Decimal(1))), "approve")
    with pytest.raises(ApprovalStale):
        await bank.pay("bob", Decimal(1))
    assert bank.paid == []


async def test_other_words_for_the_same_call_are_the_services_to_refuse() -> None:
    service = Approvals()
    await pending(Bank(service).pay("bob", Decimal(1)))
    with pytest.raises(Invalid):
        await Bank(service, title="Really?").pay("bob", Decimal(1))


async def test_a_request_that_is_not_there_is_not_found() -> None:
    with approval_scope(request_id="nowhere"), pytest.raises(NotFound):
        await Bank(Approvals()).pay("bob", Decimal(1))


async def test_edited_arguments_are_used_where_that_is_wanted() -> None:
    service = Approvals()
    bank = Bank(service, use_edited=True)
    request_id = await pending(bank.pay("bob", Decimal("1.5")))
    service.edit(request_id, amount="0.75", notes=["half"])
    await bank.pay("bob", Decimal("1.5"))
    assert bank.paid == [("bob", Decimal("0.75"), ["half"])]


async def test_elsewhere_an_edited_call_is_not_the_one_that_was_asked_for() -> None:
    service = Approvals()
    bank = Bank(service)
    service.edit(await pending(bank.pay("bob", Decimal("1.5"))), amount="0.75")
    with pytest.raises(ApprovalChanged, match="edits"):
        await bank.pay("bob", Decimal("1.5"))


@pytest.mark.parametrize(
    "edit",
    [{"amount": "a lot"}, {"amount": "1.50 "}, {"amount": 2}, {"more": 1}, {"notes": "text"}],
    ids=str,
)
async def test_an_edit_that_does_not_fit_is_refused(edit: dict[str, Any]) -> None:
    service = Approvals()
    bank = Bank(service, use_edited=True)
    service.edit(await pending(bank.pay("bob", Decimal(1))), **edit)
    with pytest.raises(ApprovalChanged):
        await bank.pay("bob", Decimal(1))
    assert bank.paid == []
    assert not service.spent


@pytest.mark.parametrize("edited", ["words", {"function": "shutdown", "arguments": {}}, {}])
async def test_an_edit_of_more_than_the_arguments_is_refused(edited: Any) -> None:
    service = Approvals()
    bank = Bank(service, use_edited=True)
    request_id = await pending(bank.pay("bob", Decimal(1)))
    service.decide(request_id, "approve", edited=edited)
    with pytest.raises(ApprovalChanged):
        await bank.pay("bob", Decimal(1))


def test_functions_that_block_are_called_the_same_way() -> None:
    service = Approvals()
    hand = service.sync_hand()
    paid: list[str] = []

    class Till:
        @requires_approval(lambda: hand, wait=False, leave_out=["self"], name="till.pay")
        def pay(self, to: str) -> str:
            paid.append(to)
            return to

    with pytest.raises(ApprovalPending) as still:
        Till().pay("bob")
    assert service.requests[service.only]["title"] == "Call till.pay?"
    service.decide(still.value.request_id, "approve")
    assert Till().pay("bob") == "bob"
    with pytest.raises(ApprovalSpent):
        Till().pay("bob")
    assert paid == ["bob"]


async def test_nobody_is_asked_what_can_not_be_shown() -> None:
    service = Approvals()
    with pytest.raises(NoJsonForm, match=r"/to is a builtins\.object"):
        await Bank(service).pay(object(), Decimal(1))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        await Bank(service).pay("bob")  # type: ignore[call-arg]
    assert service.requests == {}


def test_what_can_not_be_decorated_is_refused_at_once() -> None:
    hand = Approvals().hand()

    def numbers() -> Any:
        yield 1

    with pytest.raises(TypeError, match="generator"):
        requires_approval(hand)(numbers)
    with pytest.raises(TypeError, match="no parameter other"):
        requires_approval(hand, leave_out=["other"])(test_nobody_is_asked_what_can_not_be_shown)
    with pytest.raises(TypeError, match="needs a HandraiseSync"):
        requires_approval(lambda: hand)(len)([])  # type: ignore[arg-type]
