"""Revising: the revision is saved first, then sent, and a crash between or after is healed."""

from typing import Any, Final

from handraise.answers import without_answers
from handraise.errors import Conflict, HandraiseError, NotFound, Refused
from handraise.events import event_id_for
from handraise.legs import Kept
from handraise.models import Json, Request
from handraise.outcomes import ChangesRequested
from handraise.runtime import Runtime
from handraise.steps import Paused
from handraise.verbs import Revision

_REVISION: Final = "revision"
"""The name beside the fields of a checkpoint's question under which its revision is saved."""


async def revise_and_wait(
    runtime: Runtime, changes: ChangesRequested, state: Json, revision: Revision
) -> Paused:
    """Send the revised question and wait on at the same checkpoint, with another state.

    Both are saved before: a leg that is run again sends and keeps what it first came to. A request
    that has ended meanwhile, by its deadline say, is left to the answer that tells so.

    To be called in the leg that the call for changes began; raises `HandraiseError` elsewhere.
    """
    request = changes.request
    ids = workflow_id, checkpoint_id = request.workflow_id or "", request.checkpoint_id or ""
    leg = runtime.legs.get(workflow_id)
    if leg is None:
        raise HandraiseError("A question is revised while its answer is being dealt with")
    revision.setdefault("idempotency_key", event_id_for(workflow_id, leg.cause, "revise"))
    wanted = {"cause": leg.cause, "said": dict(revision), "state": without_answers(state)}
    first = await _saved(runtime, ids, wanted)
    try:
        seen_version = await _revised(runtime, request, first["said"])
    except Refused as refusal:
        if not refusal.retriable:
            await _write(runtime, ids, {})
        raise
    leg.kept[checkpoint_id] = Kept(first["state"], seen_version)
    return Paused(workflow_id, (checkpoint_id,))


async def _saved(runtime: Runtime, ids: tuple[str, str], wanted: dict[str, Any]) -> dict[str, Any]:
    """The revision as its leg wanted it at first."""
    async with runtime.store.transaction() as tables:
        checkpoint = await tables.checkpoints.get(*ids)
    before = None if checkpoint is None else checkpoint.question.get(_REVISION)
    if before is not None and before["cause"] == wanted["cause"]:
        return before
    await _write(runtime, ids, {_REVISION: wanted})
    return wanted


async def _write(runtime: Runtime, ids: tuple[str, str], revision: Json) -> None:
    async with runtime.store.transaction() as tables:
        checkpoint = await tables.checkpoints.get(*ids)
        if checkpoint is None:
            return
        asked = {name: said for name, said in checkpoint.question.items() if name != _REVISION}
        await tables.checkpoints.replace_question(*ids, {**asked, **revision})


async def _revised(runtime: Runtime, request: Request, revision: Revision) -> int | None:
    """Revise, once; the version up to which all that happened is dealt with."""
    try:
        revised = await runtime.hand.revise(request.id, **revision)
    except (Conflict, NotFound) as refusal:
        if refusal.current_state == request.state:
            raise
        return request.version
    # Revised before a crash, and then changes were wanted again: those are still to be made.
    return request.version if revised.wants_changes else revised.version
