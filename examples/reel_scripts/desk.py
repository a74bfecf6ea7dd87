"""What an owner can do to reels: the operations behind the API, the pages and the terminal.

Decisions go through Handraise in the owner's name, whichever way they come.
"""

from examples.reel_scripts import store
from examples.reel_scripts.asking import Asking
from examples.reel_scripts.lifecycle import Status, rewritten
from examples.reel_scripts.model import (
    MAX_INSTRUCTIONS_CHARS,
    MAX_TITLE_CHARS,
    Account,
    Draft,
    Reel,
    Refusal,
    Whole,
    cleaned,
)
from examples.reel_scripts.rewriting.port import Brief, RewriterAway, RewriterRefused
from examples.reel_scripts.scripts import Exhausted, Scripts, Wish

_LIST = 100


class Desk:
    """Creates reels, has scripts written anew, approves them, and tells where they stand."""

    def __init__(self, scripts: Scripts, asking: Asking) -> None:
        self._scripts = scripts
        self._pool = scripts.pool
        self._asking = asking

    @property
    def max_revisions(self) -> int:
        """How many texts a script may have."""
        return self._scripts.max_revisions

    async def reels(self, account: Account) -> list[Reel]:
        """The owner's reels, the newest first."""
        return await store.reels_of(self._pool, account.person_id, _LIST)

    async def show(self, account: Account, reel_id: int) -> Whole:
        """A reel of the owner's. Raises Refusal where there is none."""
        return await store.whole(self._pool, reel_id, account.person_id)

    async def create(
        self, account: Account, title: str, script: str, *, use_rewrite: bool, key: str | None
    ) -> Whole:
        """A reel whose script waits for approval: rewritten if wished, else as it is."""
        title, script = _title(title), cleaned(script)
        text, notice = await self._first_text(title, script) if use_rewrite else (None, None)
        async with self._pool.acquire() as db, db.transaction():
            made = await store.add_reel(db, account, title, use_rewrite=use_rewrite, key=key)
            if made is not None:
                first = Draft(number=1, script=script, source="original", cause="created")
                await store.add_revision(db, made, first)
                if text is not None:
                    reel = await store.locked(db, made)
                    second = Draft(number=2, script=text, source="rewrite", cause="use_rewrite")
                    await store.add_revision(db, made, second)
                    await store.save(db, reel, rewritten(reel.stand))
                if notice:
                    await store.note(db, made, notice)
                await store.add_round(db, made)
        reel_id = made or await store.made_with(self._pool, account, key or "")
        await self._asking.put_before_owner(reel_id)
        return await self.show(account, reel_id)

    async def another(
        self,
        account: Account,
        reel_id: int,
        *,
        revision: int | None = None,
        script: str | None = None,
        instructions: str | None = None,
    ) -> Whole:
        """Another script instead of a revision; the owner's own words, or the rewriter's.

        Asked twice about the same revision, it happens once. An approval is cleared.
        """
        found = await self.show(account, reel_id)
        base = self._looked_at(found, revision)
        own = None if script is None else cleaned(script)
        wanted = _instructions(instructions)
        if len(found.revisions) >= self._scripts.max_revisions:
            raise Refusal(
                409,
                "revisions_exhausted",
                f"{self._scripts.max_revisions} revisions are the most that a script may have.",
            )
        if found.approval is not None and found.approval.state == "open":
            request = await self._asking.question(found)
            edited = None if own is None else {**(request.context or {}), "script": own}
            await self._asking.decide(account, request, "regenerate", wanted, edited)
        else:
            wish = Wish(base=base, cause=f"after {base}", script=own, instructions=wanted)
            try:
                await self._scripts.write(reel_id, wish)
            except RewriterAway as away:
                raise Refusal(503, "rewriter_away", f"{away}. Try again later.") from away
            except Exhausted as end:
                raise Refusal(409, "not_rewritten", str(end)) from end
            await self._asking.put_before_owner(reel_id)
        return await self.show(account, reel_id)

    async def approve(
        self, account: Account, reel_id: int, *, revision: int | None = None
    ) -> Whole:
        """Approve a revision, and have its video made; a second time is the first."""
        found = await self.show(account, reel_id)
        base = self._looked_at(found, revision)
        if found.reel.stand.covers(base):
            return found
        await self._decide_open(account, found, "approve", None)
        return await self.show(account, reel_id)

    async def reject(self, account: Account, reel_id: int, comment: str | None) -> Whole:
        """Turn the script down: there will be no video of it."""
        found = await self.show(account, reel_id)
        await self._decide_open(account, found, "reject", _instructions(comment))
        return await self.show(account, reel_id)

    async def submit(self, account: Account, reel_id: int) -> Whole:
        """Put the script before its owner again, after a no or no answer at all."""
        await self.show(account, reel_id)
        await self._scripts.submit(reel_id)
        await self._asking.put_before_owner(reel_id)
        return await self.show(account, reel_id)

    async def generate(self, account: Account, reel_id: int) -> Whole:
        """The video of an approved script: what is made or being made, or a failed one anew."""
        await self.show(account, reel_id)
        await self._scripts.run_again(reel_id)
        return await self.show(account, reel_id)

    async def _decide_open(
        self, account: Account, found: Whole, decision: str, comment: str | None
    ) -> None:
        status = found.reel.stand.status
        if found.approval is None or found.approval.state != "open" or status != Status.PENDING:
            raise Refusal(409, "wrong_status", f"This reel is {status}: nothing is to be decided.")
        await self._asking.decide(
            account, await self._asking.question(found), decision, comment, None
        )

    def _looked_at(self, found: Whole, revision: int | None) -> int:
        """The revision that the owner means: the one looked at, or the current one."""
        now = found.reel.stand.revision
        if revision is not None and revision != now:
            raise Refusal(409, "stale_revision", f"The script is at revision {now} by now.")
        return now

    async def _first_text(self, title: str, script: str) -> tuple[str | None, str | None]:
        """The rewritten script, or why there is none: a reel is made in any case."""
        brief = Brief(title=title, script=script, attempt=1)
        try:
            return cleaned(await self._scripts.rewriter.rewrite(brief)), None
        except (RewriterAway, RewriterRefused, Refusal) as trouble:
            return None, f"{trouble}. The script stands as you wrote it."


def _title(title: str) -> str:
    text = " ".join(title.split())
    if not 0 < len(text) <= MAX_TITLE_CHARS:
        raise Refusal(422, "invalid", f"A title has 1 to {MAX_TITLE_CHARS} characters.")
    return cleaned(text)


def _instructions(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    if len(text) > MAX_INSTRUCTIONS_CHARS:
        raise Refusal(422, "invalid", f"At most {MAX_INSTRUCTIONS_CHARS} characters of wishes.")
    return cleaned(text)
