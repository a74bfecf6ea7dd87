"""Reels, their revisions and their approvals in Postgres; each function is one statement or two.

`db` is a connection where rows must agree (the caller holds the transaction), else the pool.
"""

from typing import Any
from uuid import uuid4

from examples.reel_scripts.job_store import job_in
from examples.reel_scripts.lifecycle import Stand, Status
from examples.reel_scripts.model import Account, Approval, Draft, Reel, Refusal, Revision, Whole


async def add_reel(
    db: Any, account: Account, title: str, *, use_rewrite: bool, key: str | None
) -> int | None:
    """The id of a new reel; None where the owner has made one with this key before."""
    return await db.fetchval(
        "INSERT INTO reels (owner, title, use_rewrite, creation_key, status)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner, creation_key) DO NOTHING RETURNING id",
        account.person_id,
        title,
        use_rewrite,
        key,
        Status.PENDING.value,
    )


async def made_with(db: Any, account: Account, key: str) -> int:
    """The id of the reel that the owner made with this key."""
    return await db.fetchval(
        "SELECT id FROM reels WHERE owner = $1 AND creation_key = $2", account.person_id, key
    )


async def locked(db: Any, reel_id: int) -> Reel:
    """The reel, which nobody else changes until the transaction ends."""
    return _reel(await db.fetchrow("SELECT * FROM reels WHERE id = $1 FOR UPDATE", reel_id))


async def save(db: Any, reel: Reel, stand: Stand, notice: str | None = None) -> None:
    """Where the reel stands from now on, and what its owner should know."""
    await db.execute(
        "UPDATE reels SET status = $2, revision = $3, script_approved = $4, approved_revision = $5,"
        " notice = $6, updated_at = clock_timestamp() WHERE id = $1",
        reel.id,
        stand.status.value,
        stand.revision,
        stand.approved,
        stand.revision if stand.approved else None,
        notice,
    )


async def note(db: Any, reel_id: int, notice: str) -> None:
    """Tell the owner something."""
    await db.execute(
        "UPDATE reels SET notice = $2, updated_at = clock_timestamp() WHERE id = $1",
        reel_id,
        notice,
    )


async def add_revision(db: Any, reel_id: int, draft: Draft) -> None:
    """Keep another text of the script."""
    await db.execute(
        "INSERT INTO script_revisions (reel_id, number, script, source, instructions, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        reel_id,
        draft.number,
        draft.script,
        draft.source,
        draft.instructions,
        draft.cause,
    )


async def caused_by(db: Any, reel_id: int, cause: str) -> Revision | None:
    """The revision that this brought about before, if it did."""
    row = await db.fetchrow(
        "SELECT * FROM script_revisions WHERE reel_id = $1 AND cause = $2", reel_id, cause
    )
    return _revision(row) if row else None


async def add_round(db: Any, reel_id: int) -> Approval:
    """The next round of putting the script before its owner."""
    row = await db.fetchrow(
        "INSERT INTO approvals (reel_id, round, workflow_id)"
        " SELECT $1, coalesce(max(round), 0) + 1, $2 FROM approvals WHERE reel_id = $1 RETURNING *",
        reel_id,
        f"reel-{reel_id}-{uuid4()}",
    )
    return _approval(row)


async def asked(db: Any, approval: Approval, request_id: str, url: str | None) -> None:
    """Note which request asks the round's question."""
    await db.execute(
        "UPDATE approvals SET request_id = $3, url = $4 WHERE reel_id = $1 AND round = $2",
        approval.reel_id,
        approval.round,
        request_id,
        url,
    )


async def settle(db: Any, decided: Approval) -> bool:
    """Note how a round ended; False where that was noted before."""
    done = await db.fetchval(
        "UPDATE approvals SET state = $3, script_revision = $4, request_revision = $5,"
        " content_hash = $6, decided_by = $7, comment = $8, decided_at = $9"
        " WHERE reel_id = $1 AND round = $2 AND state = 'open' RETURNING true",
        decided.reel_id,
        decided.round,
        decided.state,
        decided.script_revision,
        decided.request_revision,
        decided.content_hash,
        decided.decided_by,
        decided.comment,
        decided.decided_at,
    )
    return bool(done)


async def approval(db: Any, reel_id: int, number: int) -> Approval:
    """A round."""
    return _approval(
        await db.fetchrow(
            "SELECT * FROM approvals WHERE reel_id = $1 AND round = $2", reel_id, number
        )
    )


async def open_rounds(db: Any) -> list[Approval]:
    """All rounds that wait for an answer, the oldest first."""
    rows = await db.fetch("SELECT * FROM approvals WHERE state = 'open' ORDER BY reel_id, round")
    return [_approval(row) for row in rows]


async def whole(db: Any, reel_id: int, owner: str | None = None) -> Whole:
    """A reel with all that belongs to it. Raises Refusal where the owner has none such."""
    async with db.acquire() as one, one.transaction(isolation="repeatable_read", readonly=True):
        row = await one.fetchrow(
            "SELECT * FROM reels WHERE id = $1 AND ($2::text IS NULL OR owner = $2)", reel_id, owner
        )
        if row is None:
            raise Refusal(404, "unknown", "There is no such reel.")
        revisions = await one.fetch(
            "SELECT * FROM script_revisions WHERE reel_id = $1 ORDER BY number", reel_id
        )
        rounds = await one.fetch(
            "SELECT * FROM approvals WHERE reel_id = $1 ORDER BY round", reel_id
        )
        jobs = await one.fetch(
            "SELECT * FROM video_jobs WHERE reel_id = $1 ORDER BY script_revision", reel_id
        )
    return Whole(
        _reel(row),
        tuple(_revision(one) for one in revisions),
        tuple(_approval(one) for one in rounds),
        tuple(job_in(one) for one in jobs),
    )


async def reels_of(db: Any, owner: str, limit: int) -> list[Reel]:
    """The owner's reels, the newest first."""
    rows = await db.fetch(
        "SELECT * FROM reels WHERE owner = $1 ORDER BY id DESC LIMIT $2", owner, limit
    )
    return [_reel(row) for row in rows]


def _reel(row: Any) -> Reel:
    return Reel(
        id=row["id"],
        owner=row["owner"],
        title=row["title"],
        use_rewrite=row["use_rewrite"],
        notice=row["notice"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        stand=Stand(
            status=Status(row["status"]), revision=row["revision"], approved=row["script_approved"]
        ),
    )


def _revision(row: Any) -> Revision:
    names = ("number", "script", "source", "instructions", "created_at")
    return Revision(**{name: row[name] for name in names})


def _approval(row: Any) -> Approval:
    return Approval(**dict(row))
