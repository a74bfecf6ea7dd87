"""Judges the spending of an approval: once, of exactly what was approved, while it is valid."""

from event_schemas.types import Redeem, Redeemed, Refusal, RefusalReason
from kernel.request.model import Request
from services.request_svc.judging.case import Case
from services.request_svc.judging.refusals import (
    late,
    readable,
    refused,
    stale_revision,
    wrong_state,
)


def judge_redeem(case: Case, body: Redeem, request: Request) -> Refusal | None:
    """Spends the receipt of a request that was approved."""
    state = request.state
    closing = state.closing
    if closing is None or closing.receipt_until is None:
        return wrong_state("This request holds no approval that can be spent.", state)
    if state.redeemed:
        return refused(RefusalReason.SPENT, "This approval was spent already.", state)
    if body.content_hash != state.content_hash:
        return stale_revision("What is about to be done is not what was approved.", state)
    if case.received_at >= closing.receipt_until:
        return late(f"The receipt was valid until {readable(closing.receipt_until)}.", state)
    case.happens(Redeemed(content_hash=body.content_hash, spender=body.spender))
    return None
