"""Credits move between accounts, each move under an id that can be written once.

A review's price waits in an account of its own from the request on, and leaves it under the one id
`settle:<review>`: to the creator or back to the user, never both, never twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

ISSUER = "issuer"
"""Where credits come from."""

HOUSE = "house"
"""The marketplace, which earns what runs cost."""


class Settlement(StrEnum):
    """What becomes of a review's price."""

    TAKEN = "taken"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Transfer:
    """So many credits from one account to another."""

    id: str
    payer: str
    payee: str
    amount: int
    about: str


def account_of(user_id: str) -> str:
    """A user's account."""
    return f"user:{user_id}"


def escrow_of(review_id: str) -> str:
    """The account in which a review's price waits."""
    return f"review:{review_id}"


def grant(user_id: str, amount: int, once: str = "welcome") -> Transfer:
    """Credits that a user is given; the same `once` is the same gift."""
    return Transfer(f"grant:{user_id}:{once}", ISSUER, account_of(user_id), amount, "A gift")


def run_fee(execution_id: str, user_id: str, amount: int, about: str) -> Transfer:
    """The price of a run."""
    return Transfer(f"run:{execution_id}", account_of(user_id), HOUSE, amount, about)


def reserve(review_id: str, user_id: str, amount: int, about: str) -> Transfer:
    """A review's price, set apart when it is asked for."""
    payer, payee = account_of(user_id), escrow_of(review_id)
    return Transfer(f"reserve:{review_id}", payer, payee, amount, about)


def settle(
    review_id: str, settlement: Settlement, parties: tuple[str, str], amount: int, about: str
) -> Transfer:
    """The end of a review's price; `parties` are the user and the creator."""
    user_id, creator_id = parties
    payee = account_of(creator_id if settlement is Settlement.TAKEN else user_id)
    return Transfer(f"settle:{review_id}", escrow_of(review_id), payee, amount, about)


def balances(transfers: Iterable[Transfer]) -> dict[str, int]:
    """What each account holds after these transfers; all together hold nothing."""
    held: dict[str, int] = {}
    for one in transfers:
        held[one.payer] = held.get(one.payer, 0) - one.amount
        held[one.payee] = held.get(one.payee, 0) + one.amount
    return held
