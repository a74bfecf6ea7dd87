"""Who may use the application: owners, known by the token that they were given."""

import hashlib
from typing import Any

from examples.reel_scripts.model import Account


async def put(db: Any, account: Account, token: str) -> None:
    """Let somebody in with this token; an earlier one of theirs no longer holds."""
    await db.execute(
        "INSERT INTO accounts (person_id, email, name, token_sha256) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (person_id) DO UPDATE SET email = $2, name = $3, token_sha256 = $4",
        account.person_id,
        account.email,
        account.name,
        _digest(token),
    )


async def of_token(db: Any, token: str) -> Account | None:
    """Whose token this is; None where it is nobody's."""
    row = await db.fetchrow(
        "SELECT person_id, email, name FROM accounts WHERE token_sha256 = $1", _digest(token)
    )
    return Account(**dict(row)) if row else None


async def of_person(db: Any, person_id: str) -> Account:
    """An owner."""
    row = await db.fetchrow(
        "SELECT person_id, email, name FROM accounts WHERE person_id = $1", person_id
    )
    return Account(**dict(row))


def _digest(token: str) -> bytes:
    """Tokens are random and long, so that a plain digest can't be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
