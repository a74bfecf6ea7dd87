"""`@requires_approval`: a payment runs as a person approved it, once, and nothing else does.

`python -m examples.adapters.requires_approval_payments`.
"""

import argparse
import sys
import uuid
from collections.abc import Sequence
from decimal import Decimal

from handraise import (
    ApprovalPending,
    ApprovalRefused,
    Handraise,
    approval_scope,
    requires_approval,
)

from examples.adapters.person import Person
from examples.common.command import ran
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings, find


class Payments:
    """Pays what people approve; `paid` is what was really paid."""

    def __init__(self, hand: Handraise) -> None:
        self.paid: list[tuple[str, Decimal]] = []

        @requires_approval(
            hand, title="Pay {amount} to {to}?", name="payments.pay", wait=False, use_edited=True
        )
        async def pay(to: str, amount: Decimal) -> str:
            self.paid.append((to, amount))
            return f"{amount} went to {to}"

        self.pay = pay


async def play(found: Surroundings, screen: Screen, answer: str | None) -> Payments:
    """The whole story: asked, decided, paid; and what is refused after that."""
    invoice = f"invoice-{uuid.uuid4().hex[:6]}"
    async with (
        Handraise(found.url, found.api_key) as hand,
        Handraise(found.url, found.reviewer_token) as reviewer,
    ):
        payments = Payments(hand)
        screen.step("A process wants to pay, and asks")
        request_id = ""
        try:
            with approval_scope(key=invoice):
                await payments.pay("Acme", Decimal("240.50"))
        except ApprovalPending as pending:
            request_id = pending.request_id
            screen.say(f"{pending}; the process may end here")
        await Person(reviewer, screen, answer).answer(request_id)
        await hand.wait(request_id)

        screen.step("A process tries to pay somebody else with it")
        with approval_scope(request_id=request_id):
            await _try(payments, "Eve", Decimal("240.50"), screen)
        for title in ("Another process makes the same call", "And once more, as a retry would"):
            screen.step(title)
            with approval_scope(key=invoice):
                await _try(payments, "Acme", Decimal("240.50"), screen)
        screen.end(f"Paid: {', '.join(f'{amount} to {to}' for to, amount in payments.paid) or 0}")
    return payments


async def _try(payments: Payments, to: str, amount: Decimal, screen: Screen) -> None:
    try:
        screen.say(await payments.pay(to, amount))
    except ApprovalRefused as refused:
        screen.say(f"not paid, {refused.reason}: {refused}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the example; 0 when it worked, 1 with a sentence when it did not."""
    parser = argparse.ArgumentParser(prog="python -m examples.adapters.requires_approval_payments")
    parser.add_argument("--answer", choices=("approve", "reject", "wait"))
    asked = parser.parse_args(arguments)
    return ran(play(find("adapters"), Screen(), asked.answer), "Left. What was asked stays asked.")


if __name__ == "__main__":
    sys.exit(main())
