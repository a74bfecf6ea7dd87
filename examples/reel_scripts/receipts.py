"""Proof before money is spent: Handraise itself says that the yes is of just this script, once."""

from handraise import Handraise, HandraiseError, Request
from handraise.errors import Conflict

from examples.reel_scripts.model import Approval, cleaned

_SPENT = "spent"


class _Unknown(HandraiseError):
    """Somebody spent an approval, and Handraise's views do not tell yet who."""

    retriable = True


async def why_not(hand: Handraise, round_: Approval, script: str, spender: str) -> str | None:
    """Spend the round's approval on a script; why no video may be made of it, where that is so.

    The same spender may come again: what it spent before a crash is still its own. Raises
    HandraiseError while that can't be told.
    """
    if round_.request_id is None:
        return "Nobody was asked"
    no = objection(await hand.get(round_.request_id), round_, script)
    if no is not None:
        return no
    try:
        await hand.redeem(round_.request_id, round_.content_hash or "", spender)
    except Conflict as refused:
        if refused.code == _SPENT and await _spender(hand, round_.request_id) == spender:
            return None
        return str(refused)
    return None


def objection(request: Request, round_: Approval, script: str) -> str | None:
    """What the request, as Handraise has it, says against the video."""
    said = request.response
    if request.outcome != "answered" or said is None or said.means != "approve":
        return "The request was not approved"
    if (request.revision, request.content_hash) != (round_.request_revision, round_.content_hash):
        return "What was approved is another form of the request"
    seen = said.edited if isinstance(said.edited, dict) else request.context or {}
    if cleaned(str(seen.get("script"))) != script:
        return "What was approved is another script"
    return None


async def _spender(hand: Handraise, request_id: str) -> str | None:
    history = await hand.history(request_id)
    for one in history:
        if one.event == "Redeemed":
            return one.data.get("spender")
    raise _Unknown(f"The history of {request_id} lags behind")
