"""What happens to scripts: another text, a yes, a no. Each is one transaction."""

from dataclasses import dataclass, replace
from typing import Any

from examples.reel_scripts import job_store, store
from examples.reel_scripts.lifecycle import (
    Stand,
    Status,
    approved,
    rewritten,
    submitted,
    turned_down,
)
from examples.reel_scripts.model import Approval, Draft, Refusal, Whole, cleaned
from examples.reel_scripts.rewriting.port import Brief, Rewriter, RewriterRefused


class Exhausted(Exception):
    """There will be no other text for this wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Another script instead of the revision `base`; the same cause is granted once."""

    base: int
    cause: str
    script: str | None = None
    """The owner's own words; None has the rewriter write."""
    instructions: str | None = None


class Scripts:
    """The texts of reels and what was decided about them."""

    def __init__(self, pool: Any, rewriter: Rewriter, max_revisions: int) -> None:
        self.pool = pool
        self.rewriter = rewriter
        self.max_revisions = max_revisions

    async def write(self, reel_id: int, wish: Wish) -> str | None:
        """Keep another text, which is then the script; why, if the script stays as it was.

        Clears an approval, and takes back a job that nothing was spent on. Raises `Exhausted` at
        the cap or where the rewriter won't, and `RewriterAway`.
        """
        if await store.caused_by(self.pool, reel_id, wish.cause):
            return None
        found = await store.whole(self.pool, reel_id)
        if found.reel.stand.revision != wish.base:
            return f"The script is at revision {found.reel.stand.revision} by now"
        if len(found.revisions) >= self.max_revisions:
            raise Exhausted(f"{self.max_revisions} revisions are the most that a script may have")
        text, source = await self._text(found, wish)
        async with self.pool.acquire() as db, db.transaction():
            reel = await store.locked(db, reel_id)
            if reel.stand.revision != wish.base:
                return f"The script is at revision {reel.stand.revision} by now"
            stand = rewritten(reel.stand)
            draft = Draft(
                number=stand.revision,
                script=text,
                source=source,
                cause=wish.cause,
                instructions=wish.instructions,
            )
            await store.add_revision(db, reel_id, draft)
            await store.save(db, reel, stand)
            await job_store.withdraw(db, reel_id)
            if found.approval is None or found.approval.state != "open":
                await store.add_round(db, reel_id)
        return None

    async def submit(self, reel_id: int) -> None:
        """Put the same script before its owner once more."""
        async with self.pool.acquire() as db, db.transaction():
            reel = await store.locked(db, reel_id)
            if reel.stand.status not in (Status.REJECTED, Status.TIMED_OUT):
                raise Refusal(409, "wrong_status", f"This reel is {reel.stand.status}.")
            await store.save(db, reel, submitted(reel.stand))
            await store.add_round(db, reel_id)

    async def approve(self, ended: Approval, edited: str | None) -> int:
        """Bind the owner's yes to the revision, and queue its video; both or neither.

        Words that the owner changed while approving are a revision of their own, and approved.
        Returns the approved revision.
        """
        try:
            text = None if edited is None else cleaned(edited)
        except Refusal as wrong:
            await self.turn_down(ended, Status.REJECTED, f"Not approved: {wrong.detail}")
            return 0
        async with self.pool.acquire() as db, db.transaction():
            reel = await store.locked(db, ended.reel_id)
            stand, revision = reel.stand, ended.script_revision or 0
            if text is not None and stand.revision == revision:
                stand = rewritten(stand)
                revision = stand.revision
                draft = Draft(
                    number=revision,
                    script=text,
                    source="owner",
                    cause=f"{ended.request_id}/edited",
                    instructions=ended.comment,
                )
                await store.add_revision(db, reel.id, draft)
            stand = approved(stand, revision)
            settled = await store.settle(db, replace(ended, script_revision=revision))
            if settled and stand.approved:
                await store.save(db, reel, stand)
                await job_store.enqueue(db, ended, revision)
        return revision

    async def turn_down(self, ended: Approval, status: Status, notice: str | None = None) -> None:
        """Note that there was no yes."""
        async with self.pool.acquire() as db, db.transaction():
            reel = await store.locked(db, ended.reel_id)
            if await store.settle(db, replace(ended, state=_words[status])):
                await store.save(db, reel, turned_down(reel.stand, status), notice)

    async def run_again(self, reel_id: int) -> None:
        """Let a failed video be tried once more, while the approval still holds."""
        async with self.pool.acquire() as db, db.transaction():
            reel = await store.locked(db, reel_id)
            stand: Stand = reel.stand
            if not stand.approved:
                raise Refusal(
                    409, "script_not_approved", "The script has to be approved before that."
                )
            if await job_store.again(db, reel_id, stand.revision):
                await store.save(db, reel, replace(stand, status=Status.APPROVED))

    async def _text(self, found: Whole, wish: Wish) -> tuple[str, str]:
        if wish.script is not None:
            try:
                return cleaned(wish.script), "owner"
            except Refusal as wrong:
                raise Exhausted(wrong.detail) from wrong
        attempt = 1 + sum(one.source in ("rewrite", "regenerate") for one in found.revisions)
        brief = Brief(
            title=found.reel.title,
            script=found.revisions[0].script,
            attempt=attempt,
            instructions=wish.instructions,
        )
        try:
            text = cleaned(await self.rewriter.rewrite(brief))
        except (RewriterRefused, Refusal) as refused:
            raise Exhausted(str(refused)) from refused
        return text, "rewrite" if attempt == 1 else "regenerate"


_words = {Status.REJECTED: "rejected", Status.TIMED_OUT: "timed_out"}
