"""The jobs of the costly step in Postgres: claimed by a lease, moved only by who holds it."""

from typing import Any

from examples.reel_scripts.model import Approval, Job

_names = (
    *("reel_id", "script_revision", "round", "name", "state", "run"),
    *("ticket", "began_at", "error", "file", "seconds"),
)
_mine = "reel_id = $1 AND script_revision = $2 AND state = 'running' AND holder = $3"


def job_in(row: Any) -> Job:
    """The job in a row."""
    return Job(**{name: row[name] for name in _names})


async def enqueue(db: Any, approved: Approval, revision: int) -> None:
    """A job for a revision that was approved in this round, unless it has one."""
    await db.execute(
        "INSERT INTO video_jobs (reel_id, script_revision, round, name) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        approved.reel_id,
        revision,
        approved.round,
        approved.workflow_id,
    )


async def withdraw(db: Any, reel_id: int) -> None:
    """Take back the jobs of a reel that nothing has been spent on."""
    await db.execute(
        "UPDATE video_jobs SET state = 'withdrawn', updated_at = clock_timestamp()"
        " WHERE reel_id = $1 AND began_at IS NULL AND state IN ('queued', 'running')",
        reel_id,
    )


async def again(db: Any, reel_id: int, revision: int) -> bool:
    """Let a failed job run once more; False where it has not failed."""
    done = await db.fetchval(
        "UPDATE video_jobs SET state = 'queued', run = run + 1, ticket = NULL, began_at = NULL,"
        " error = NULL, updated_at = clock_timestamp()"
        " WHERE reel_id = $1 AND script_revision = $2 AND state = 'failed' RETURNING true",
        reel_id,
        revision,
    )
    return bool(done)


async def claim(db: Any, holder: str, lease_seconds: float) -> Job | None:
    """A job that is due, or whose holder died, for `holder` alone until its lease has passed."""
    row = await db.fetchrow(
        "UPDATE video_jobs SET state = 'running', holder = $1, updated_at = clock_timestamp(),"
        " lease_until = clock_timestamp() + make_interval(secs => $2)"
        " WHERE (reel_id, script_revision) = ("
        "  SELECT reel_id, script_revision FROM video_jobs"
        "  WHERE state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp())"
        "  ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *",
        holder,
        lease_seconds,
    )
    return job_in(row) if row else None


async def renew(db: Any, job: Job, holder: str, lease_seconds: float) -> bool:
    """Hold the job longer; False where somebody else has it by now."""
    return await _moved(
        db,
        job,
        holder,
        "lease_until = clock_timestamp() + make_interval(secs => $4)",
        lease_seconds,
    )


async def put_back(db: Any, job: Job, holder: str, after_seconds: float) -> None:
    """Leave the job to whoever comes next, not before these seconds have passed."""
    await _moved(
        db,
        job,
        holder,
        "holder = NULL, lease_until = clock_timestamp() + make_interval(secs => $4)",
        after_seconds,
    )


async def began(db: Any, job: Job, holder: str) -> bool:
    """Note that from now on something may have been spent on it."""
    return await _moved(db, job, holder, "began_at = coalesce(began_at, clock_timestamp())")


async def ticketed(db: Any, job: Job, holder: str, ticket: str) -> bool:
    """Note the generator's name for it."""
    return await _moved(db, job, holder, "ticket = $4", ticket)


async def done(db: Any, job: Job, holder: str, file: str, seconds: float) -> bool:
    """The video is in this file and plays this long."""
    return await _moved(db, job, holder, "state = 'done', file = $4, seconds = $5", file, seconds)


async def failed(db: Any, job: Job, holder: str, error: str) -> bool:
    """It can't be made, and why."""
    return await _moved(db, job, holder, "state = 'failed', error = $4", error)


async def withdrawn(db: Any, job: Job, holder: str, why: str) -> bool:
    """The approval that it rests on is gone."""
    return await _moved(db, job, holder, "state = 'withdrawn', error = $4", why)


async def _moved(db: Any, job: Job, holder: str, change: str, *values: Any) -> bool:
    row = await db.fetchval(
        f"UPDATE video_jobs SET {change}, updated_at = clock_timestamp()"  # noqa: S608  our words
        f" WHERE {_mine} RETURNING true",
        job.reel_id,
        job.script_revision,
        holder,
        *values,
    )
    return bool(row)
