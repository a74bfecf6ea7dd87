"""A reel as JSON: what the API tells of it."""

from typing import Any

from examples.reel_scripts.comparing import neighbours, unified
from examples.reel_scripts.model import Approval, Job, Reel, Revision, Whole, digest_of


def short(reel: Reel) -> dict[str, Any]:
    """A reel in a list."""
    stand = reel.stand
    return {
        "id": reel.id,
        "title": reel.title,
        "status": stand.status.value,
        "script_approved": stand.approved,
        "revision": stand.revision,
        "created_at": reel.created_at,
        "updated_at": reel.updated_at,
    }


def full(found: Whole, base: str, max_revisions: int) -> dict[str, Any]:
    """A reel with its script, its approval and its videos; `base` is the address of the reel."""
    stand = found.reel.stand
    return {
        **short(found.reel),
        "use_rewrite": found.reel.use_rewrite,
        "script": found.current.script,
        "script_sha256": digest_of(found.current.script),
        "original_script": found.revisions[0].script,
        "revisions_left": max(0, max_revisions - len(found.revisions)),
        "approved_revision": stand.revision if stand.approved else None,
        "approval": approval(found.approval) if found.approval else None,
        "video_url": video_url(found.job, base),
        "videos": [video(one, base) for one in found.jobs],
        "notice": found.reel.notice,
    }


def video_url(job: Job | None, base: str) -> str | None:
    """Where a finished video is."""
    done = job is not None and job.state == "done"
    return f"{base}videos/{job.script_revision}.mp4" if done and job else None


def video(job: Job, base: str) -> dict[str, Any]:
    """The making of a revision's video."""
    return {
        "revision": job.script_revision,
        "state": job.state,
        "run": job.run,
        "url": video_url(job, base),
        "seconds": job.seconds,
        "error": job.error,
    }


def approval(round_: Approval) -> dict[str, Any]:
    """A round of putting a script before its owner; the request is Handraise's."""
    return {
        "round": round_.round,
        "state": round_.state,
        "request_id": round_.request_id,
        "url": round_.url,
        "script_revision": round_.script_revision,
        "request_revision": round_.request_revision,
        "content_hash": round_.content_hash,
        "decided_by": round_.decided_by,
        "decided_at": round_.decided_at,
        "comment": round_.comment,
    }


def revisions(found: Whole) -> dict[str, Any]:
    """Every text that the script had, each with how it differs from the one before."""
    before = {new: old for old, new in neighbours(len(found.revisions))}
    return {
        "items": [
            {
                **revision(one),
                "is_current": one.number == found.reel.stand.revision,
                "diff": compared(found, before[one.number], one.number)
                if one.number in before
                else None,
            }
            for one in found.revisions
        ]
    }


def revision(one: Revision) -> dict[str, Any]:
    """One text."""
    return {
        "number": one.number,
        "source": one.source,
        "instructions": one.instructions,
        "script": one.script,
        "script_sha256": digest_of(one.script),
        "created_at": one.created_at,
    }


def compared(found: Whole, old: int, new: int) -> str:
    """The unified diff between two revisions."""
    texts = found.revisions[old - 1].script, found.revisions[new - 1].script
    return unified(*texts, (f"revision {old}", f"revision {new}"))
