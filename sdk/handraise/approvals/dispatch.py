"""Makes a call behind its approval: asks, waits, judges, spends, and only then calls.

Twice the same steps, for both clients; all that decides is in `judging` and `gate`.
"""

from collections.abc import Mapping
from typing import Any

from handraise.approvals.binding import Terms
from handraise.approvals.gate import Gate
from handraise.approvals.judging import Grant, judge, unspendable
from handraise.approvals.refusals import ApprovalPending
from handraise.approvals.scope import current_scope
from handraise.client import Handraise
from handraise.errors import Refused, StillOpen
from handraise.models import Request
from handraise.outcomes import Outcome, outcome_of
from handraise.sync_client import HandraiseSync


async def dispatch(
    gate: Gate, hand: Handraise, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """What the function returns, called as it was approved."""
    call = gate.bound(args, kwargs)
    outcome = await _outcome(gate, hand, await _asked(gate, hand, call.terms))
    grant = judge(outcome, call.terms, use_edited=gate.use_edited)
    granted = gate.granted(call, grant).arguments
    await _spend(gate, hand, grant)
    return await gate.function(*granted.args, **granted.kwargs)


def dispatch_sync(
    gate: Gate, hand: HandraiseSync, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """The same with a client and a function that block."""
    call = gate.bound(args, kwargs)
    outcome = _outcome_sync(gate, hand, _asked_sync(gate, hand, call.terms))
    grant = judge(outcome, call.terms, use_edited=gate.use_edited)
    granted = gate.granted(call, grant).arguments
    _spend_sync(gate, hand, grant)
    return gate.function(*granted.args, **granted.kwargs)


async def _asked(gate: Gate, hand: Handraise, terms: Terms) -> Request:
    scope = current_scope()
    if scope.request_id is not None:
        return await hand.get(scope.request_id)
    opened = await hand.open(gate.body(terms), terms.key(scope.key))
    return await hand.get(opened.id)


def _asked_sync(gate: Gate, hand: HandraiseSync, terms: Terms) -> Request:
    scope = current_scope()
    if scope.request_id is not None:
        return hand.get(scope.request_id)
    opened = hand.open(gate.body(terms), terms.key(scope.key))
    return hand.get(opened.id)


async def _outcome(gate: Gate, hand: Handraise, asked: Request) -> Outcome:
    try:
        if gate.wait is False or asked.is_closed:
            return outcome_of(asked)
        return await hand.wait(asked.id, at_most=gate.at_most)
    except StillOpen as still:
        raise ApprovalPending(asked.id, asked.url) from still


def _outcome_sync(gate: Gate, hand: HandraiseSync, asked: Request) -> Outcome:
    try:
        if gate.wait is False or asked.is_closed:
            return outcome_of(asked)
        return hand.wait(asked.id, at_most=gate.at_most)
    except StillOpen as still:
        raise ApprovalPending(asked.id, asked.url) from still


async def _spend(gate: Gate, hand: Handraise, grant: Grant) -> None:
    try:
        await hand.redeem(grant.request_id, grant.content_hash, gate.name)
    except Refused as refusal:
        raise unspendable(grant.request_id, refusal) or refusal from refusal


def _spend_sync(gate: Gate, hand: HandraiseSync, grant: Grant) -> None:
    try:
        hand.redeem(grant.request_id, grant.content_hash, gate.name)
    except Refused as refusal:
        raise unspendable(grant.request_id, refusal) or refusal from refusal
