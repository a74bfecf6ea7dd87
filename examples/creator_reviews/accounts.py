"""The accounts in the database: what they hold, and moving credits within a transaction."""

from typing import Any

from examples.creator_reviews.ledger import Transfer, account_of
from examples.creator_reviews.refusals import TooFewCredits

_BALANCE = """
    SELECT coalesce(sum(CASE WHEN payee = $1 THEN amount ELSE -amount END), 0)::int
    FROM transfers WHERE payer = $1 OR payee = $1
"""


async def balance_of(connection: Any, account: str) -> int:
    """What an account holds."""
    return await connection.fetchval(_BALANCE, account)


async def spend(connection: Any, user_id: str, transfer: Transfer) -> None:
    """Move a user's credits; to be called in a transaction that may still be undone.

    Spendings of one user wait for each other, so that two can't both see the same credits. The
    lock is one that foreign keys to the user go past, or two runs at once would block each other.

    Raises:
        TooFewCredits: the account does not hold as much.
    """
    await connection.execute("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
    held = await balance_of(connection, account_of(user_id))
    if held < transfer.amount:
        raise TooFewCredits(f"This costs {transfer.amount} credits, and you have {held}")
    await move(connection, transfer)


async def move(connection: Any, transfer: Transfer) -> None:
    """Write a transfer down; nothing happens where it was written before."""
    await connection.execute(
        "INSERT INTO transfers (id, payer, payee, amount, about) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (id) DO NOTHING",
        transfer.id,
        transfer.payer,
        transfer.payee,
        transfer.amount,
        transfer.about,
    )


async def statement_of(pool: Any, user_id: str, limit: int = 100) -> list[dict[str, Any]]:
    """A user's transfers, the newest first; `amount` is negative for what was spent."""
    rows = await pool.fetch(
        "SELECT at, about, CASE WHEN payee = $1 THEN amount ELSE -amount END AS amount"
        " FROM transfers WHERE payer = $1 OR payee = $1 ORDER BY at DESC LIMIT $2",
        account_of(user_id),
        limit,
    )
    return [dict(row) for row in rows]
