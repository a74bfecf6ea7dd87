"""Judges the answer that a standing rule gives at opening.

A rule of the kind is part of the kind. A rule that a person made is that person's word, given
beforehand: it counts for no more than the person's own answer would, and only until it runs out.
"""

from datetime import datetime

from event_schemas.types import AutoDecision, Means, Open, Received, Response, RuleUsed
from services.request_svc.judging.answer import outcome_of, receipt_until
from services.request_svc.judging.filling import leaves_empty
from services.request_svc.judging.oversight import NEEDS_A_LOOK


def decided_by_rule(body: Open, received_at: datetime) -> AutoDecision | None:
    """The decision that rides along, or None where its rule does not hold for this question.

    A rule that does not hold is no fault of the asker: people are asked, as without it.
    """
    auto = body.auto_decision
    # No rule fills in a form, not even the kind's own.
    if auto is None or leaves_empty(body.needs_data, _means(body, auto), None):
        return None
    if auto.maker is None:
        return auto
    ran_out = auto.until is not None and received_at >= auto.until
    return None if ran_out or _is_barred(auto, auto.maker, body) else auto


def answered_by_rule(body: Open, auto: AutoDecision, received_at: datetime) -> Received:
    """The answer that a rule gives to a question which offers its decision."""
    means = _means(body, auto)
    response = Response(
        decision=auto.decision,
        means=means,
        comment=auto.comment,
        responder_id=f"rule:{auto.rule}",
        revision=1,
        content_hash=body.content_hash,
        responded_at=received_at,
        rule=RuleUsed(rule=auto.rule, rule_version=auto.rule_version, maker=auto.maker),
    )
    return Received(
        response=response,
        outcome=outcome_of(means),
        receipt_until=receipt_until(body.policy, means, received_at),
    )


def _is_barred(auto: AutoDecision, maker: str, body: Open) -> bool:
    policy = body.policy
    own = maker == body.requester_id and not policy.self_approval
    several = policy.quorum > 1 or bool(policy.stages)
    must_look = policy.oversight is not None and _means(body, auto) in NEEDS_A_LOOK
    return own or several or must_look or maker in policy.excluded


def _means(body: Open, auto: AutoDecision) -> Means:
    return next(option.means for option in body.policy.decisions if option.name == auto.decision)
