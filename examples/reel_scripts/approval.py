"""The agent that puts a script before its owner and does what the owner decides.

A round is a workflow: it asks, is paused for days if need be, and ends with a decision. Asked for
another script, it writes one and revises its question, so that the answer is always bound to the
text that the owner saw. All of it bears being done twice.
"""

from dataclasses import replace
from typing import Any

from handraise import (
    Agent,
    Answered,
    Cancelled,
    ChangesRequested,
    CouldNotComplete,
    Finished,
    Handraise,
    Request,
    TimedOut,
    answer_in,
)
from handraise.steps import Step
from handraise.storage import Store

from examples.reel_scripts import store
from examples.reel_scripts.lifecycle import Status
from examples.reel_scripts.model import Approval, Whole, digest_of
from examples.reel_scripts.rewriting.port import RewriterAway
from examples.reel_scripts.scripts import Exhausted, Scripts, Wish

KIND = "script_approval"


class ScriptApproval(Agent):
    """Asks the owner of a reel for a yes to its script."""

    agent_id = "reel-scripts"

    def __init__(
        self,
        hand: Handraise,
        memory: Store,
        scripts: Scripts,
        *,
        callback_webhook: str,
        deadline_minutes: float | None = None,
    ) -> None:
        super().__init__(hand, memory, callback_webhook=callback_webhook)
        self._scripts = scripts
        self._pool = scripts.pool
        self._deadline_minutes = deadline_minutes

    async def run(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Ask about the script as it stands."""
        found = await store.whole(self._pool, state["reel_id"])
        if self._deadline_minutes is None:
            paused = await self.pause(workflow_id, state, **_question(found))
        else:
            paused = await self.pause(
                workflow_id, state, timeout=self._deadline_minutes, **_question(found)
            )
        await self._note_request(workflow_id, state)
        return paused

    async def resume_from_checkpoint(self, workflow_id: str, state: dict[str, Any]) -> Step:
        """Approve what was seen, write another one, or end without a video."""
        outcome = answer_in(state)
        request = await self.hand.get(outcome.request.id, min_version=outcome.request.version)
        round_ = await store.approval(self._pool, state["reel_id"], state["round"])
        match outcome:
            case Answered("approve", edited=edited):
                return await self._approved(round_, request, edited)
            case ChangesRequested():
                return await self._another(outcome, request, state)
            case Answered(comment=comment) | CouldNotComplete(comment=comment):
                return await self._ended(round_, request, Status.REJECTED, comment)
            case TimedOut():
                return await self._ended(round_, request, Status.TIMED_OUT, None)
            case Cancelled(reason):
                return await self._ended(round_, request, Status.TIMED_OUT, reason)

    async def _note_request(self, workflow_id: str, state: dict[str, Any]) -> None:
        known = await self.workflow(workflow_id)
        for one in known.open_requests if known else ():
            if one.request_id:
                request = await self.hand.get(one.request_id)
                round_ = await store.approval(self._pool, state["reel_id"], state["round"])
                await store.asked(self._pool, round_, request.id, request.url)

    async def _approved(self, round_: Approval, request: Request, edited: Any) -> Step:
        ended = decided(round_, request, "approved")
        revision = await self._scripts.approve(ended, script_in(request, edited))
        return Finished(result={"approved_revision": revision})

    async def _another(
        self, changes: ChangesRequested, request: Request, state: dict[str, Any]
    ) -> Step:
        edited = changes.request.response.edited if changes.request.response else None
        wish = Wish(
            base=script_revision_in(request),
            script=script_in(request, edited),
            instructions=changes.comment,
            cause=f"{request.id}/{changes.responded_at}",
        )
        try:
            why = await self._scripts.write(state["reel_id"], wish)
        except RewriterAway as away:
            await store.note(self._pool, state["reel_id"], f"{away}. It is tried again.")
            raise
        except Exhausted as end:
            why = str(end)
        found = await store.whole(self._pool, state["reel_id"])
        question = _question(found)
        return await self.revise(
            changes,
            state,
            title=question["title"],
            description=question["description"],
            context=question["context"],
            note=why or f"Revision {found.current.number}",
        )

    async def _ended(
        self, round_: Approval, request: Request, status: Status, comment: str | None
    ) -> Step:
        ended = replace(decided(round_, request, _words[status]), comment=comment)
        await self._scripts.turn_down(ended, status)
        return Finished(result={"status": status.value})


_words = {Status.REJECTED: "rejected", Status.TIMED_OUT: "timed_out"}


def decided(round_: Approval, request: Request, state: str) -> Approval:
    """The round as it ended, bound to what its owner saw."""
    said = request.response
    return replace(
        round_,
        state=state,
        script_revision=script_revision_in(request),
        request_revision=request.revision,
        content_hash=request.content_hash,
        decided_by=said.responder_id if said else None,
        comment=said.comment if said else None,
        decided_at=request.responded_at or request.updated_at,
    )


def script_revision_in(request: Request) -> int:
    """Which revision of the script a request is about, in its present form."""
    return int((request.context or {})["script_revision"])


def script_in(request: Request, edited: Any) -> str | None:
    """The script as the owner changed it while answering; None where it was left alone."""
    if not isinstance(edited, dict) or "script" not in edited:
        return None
    text = str(edited["script"])
    return None if text == (request.context or {})["script"] else text


def _question(found: Whole) -> Any:
    reel, script = found.reel, found.current
    return {
        "title": f"Make reel {reel.id} into a video? {reel.title}",
        "description": f"Revision {script.number}. Making the video costs money: it starts with"
        " your approval, and not before.",
        "kind": KIND,
        "context": {
            "script": script.script,
            "original_script": found.revisions[0].script,
            "reel_id": str(reel.id),
            "script_revision": script.number,
            "script_sha256": digest_of(script.script),
        },
        "routing": {"people": [reel.owner]},
        "metadata": {"reel_id": str(reel.id)},
    }
