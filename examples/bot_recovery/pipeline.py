"""The accounts, their phases and their timeline, in the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from examples.bot_recovery.failures import LastAction
from examples.bot_recovery.warmup import (
    PHASES,
    Account,
    AccountStatus,
    Phase,
    PhaseStatus,
    is_due,
)

_ACCOUNT = "id, username, status, access_token, run"
_PHASE = """account_id, name, position, status, retry_count, automatic_retries, content,
            failure_type, failure_reason, failed_at"""


class Pipeline:
    """What is known of the accounts on their way through the warm-up."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add(
        self, username: str, access_token: str, content: Mapping[str, Mapping[str, Any]]
    ) -> Account:
        """The account of this name, made with all its phases where there is none."""
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "INSERT INTO accounts (username, access_token) VALUES ($1, $2)"
                " ON CONFLICT (username) DO NOTHING"
                " RETURNING id, username, status, access_token, run",
                username,
                access_token,
            )
            if row is None:
                return _account(
                    await connection.fetchrow(
                        f"SELECT {_ACCOUNT} FROM accounts WHERE username = $1",  # noqa: S608
                        username,
                    )
                )
            await connection.executemany(
                "INSERT INTO warmup_phases (account_id, name, position, content)"
                " VALUES ($1, $2, $3, $4)",
                [
                    (row["id"], name, place, dict(content.get(name, {})))
                    for place, name in enumerate(PHASES)
                ],
            )
            return _account(row)

    async def account(self, account_id: int) -> Account:
        """An account by its id."""
        return _account(
            await self._pool.fetchrow(
                f"SELECT {_ACCOUNT} FROM accounts WHERE id = $1",  # noqa: S608
                account_id,
            )
        )

    async def accounts(self, *statuses: AccountStatus) -> list[Account]:
        """The accounts that stand so, or all."""
        wanted = [str(one) for one in statuses or tuple(AccountStatus)]
        rows = await self._pool.fetch(
            f"SELECT {_ACCOUNT} FROM accounts WHERE status = ANY($1) ORDER BY id",  # noqa: S608
            wanted,
        )
        return [_account(row) for row in rows]

    async def phases(self, account_id: int) -> list[Phase]:
        """The phases of an account, in their order."""
        rows = await self._pool.fetch(
            f"SELECT {_PHASE} FROM warmup_phases WHERE account_id = $1 ORDER BY position",  # noqa: S608
            account_id,
        )
        return [_phase(row) for row in rows]

    async def next_phase(self, account_id: int) -> Phase | None:
        """The first phase that still has to be done."""
        return next((one for one in await self.phases(account_id) if is_due(one.status)), None)

    async def begin(self, phase: Phase) -> None:
        """Note that a bot is at work on a phase."""
        await self._pool.execute(
            "UPDATE warmup_phases SET status = 'running', started_at = now()"
            " WHERE account_id = $1 AND name = $2",
            phase.account_id,
            phase.name,
        )

    async def complete(self, phase: Phase) -> None:
        """Note that a phase is done: what was tried for this account before has held so far."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE warmup_phases SET status = 'completed', completed_at = now(),"
                " failure_type = NULL, failure_reason = NULL, failed_at = NULL"
                " WHERE account_id = $1 AND name = $2",
                phase.account_id,
                phase.name,
            )
            await hold(connection, phase.account_id)

    async def finish(self, account_id: int) -> None:
        """Note that an account is through."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE accounts SET status = 'completed' WHERE id = $1", account_id
            )
            await hold(connection, account_id)

    async def next_run(self, account: Account) -> Account:
        """The account with a fresh workflow number, for one whose workflow has ended too soon."""
        await self._pool.execute(
            "UPDATE accounts SET run = run + 1 WHERE id = $1 AND run = $2", account.id, account.run
        )
        return await self.account(account.id)

    async def note(
        self,
        account_id: int,
        phase: str,
        actor: str,
        action: str,
        *,
        target: str = "",
        ok: bool = True,
        detail: str = "",
    ) -> None:
        """Write a line into the timeline of an account."""
        await write_action(
            self._pool, account_id, phase, actor, action, target=target, ok=ok, detail=detail
        )

    async def timeline(self, account_id: int, up_to: int | None = None) -> Sequence[LastAction]:
        """The whole timeline of an account, or up to an action, oldest first."""
        rows = await self._pool.fetch(
            "SELECT at, actor, phase, action, target, ok, detail FROM actions"
            " WHERE account_id = $1 AND ($2::bigint IS NULL OR id <= $2) ORDER BY id",
            account_id,
            up_to,
        )
        return [LastAction(**dict(row)) for row in rows]


async def hold(connection: Any, account_id: int) -> None:
    """The account went on: what was tried for it has held so far."""
    await connection.execute(
        "UPDATE review_logs SET outcome = 'held', outcome_at = now()"
        " WHERE account_id = $1 AND outcome = 'pending'",
        account_id,
    )


async def write_action(
    connection: Any,
    account_id: int,
    phase: str,
    actor: str,
    action: str,
    *,
    target: str = "",
    ok: bool = True,
    detail: str = "",
) -> None:
    """Write a line into the timeline, on a connection that may be in a transaction."""
    await connection.execute(
        "INSERT INTO actions (account_id, phase, actor, action, target, ok, detail)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        account_id,
        phase,
        actor,
        action,
        target,
        ok,
        detail,
    )


def _account(row: Any) -> Account:
    values: dict[str, Any] = {**dict(row), "status": AccountStatus(row["status"])}
    return Account(**values)


def _phase(row: Any) -> Phase:
    values: dict[str, Any] = {**dict(row), "status": PhaseStatus(row["status"])}
    return Phase(**values)
