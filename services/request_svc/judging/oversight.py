"""Judges whether enough was looked at before a decision that approves or answers."""

from event_schemas.types import DecisionOption, Means, Oversight, OversightRule, Refusal, Respond
from kernel.request.model import Request
from services.request_svc.judging.refusals import not_seen, stale_revision

# Saying no, or sending back, is never the careless answer: only these must have been looked at.
NEEDS_A_LOOK = frozenset({Means.APPROVE, Means.ANSWER})


def shown_before(seen: Oversight | None, request: Request) -> Refusal | None:
    """Turns down an answer by someone who was shown another content than the current one."""
    state = request.state
    if seen is None:
        return None
    if seen.revision not in (None, state.revision):
        return stale_revision(
            f"What was shown is revision {seen.revision}; revision {state.revision} is current.",
            state,
        )
    if seen.content_hash not in (None, state.content_hash):
        return stale_revision("What was shown is another content than the current one.", state)
    return None


def overlooked(body: Respond, option: DecisionOption, request: Request) -> Refusal | None:
    """Why the decision comes too soon: what its policy wants to be seen was not; else None."""
    rule, seen = request.policy.oversight, body.seen
    if rule is None or option.means not in NEEDS_A_LOOK:
        return None
    if seen is not None and rule.proven and not seen.proven:
        detail = f"Before {option.name}, the request's own page must be looked at."
        return not_seen(detail, rule.parts, rule.in_view_seconds, request.state)
    unseen, seconds = _left(rule, seen)
    if seen is not None and not unseen and seconds == 0:
        return None
    return not_seen(_sentence(option.name, unseen, seconds), unseen, seconds, request.state)


def _left(rule: OversightRule, seen: Oversight | None) -> tuple[tuple[str, ...], int]:
    opened = () if seen is None else seen.opened
    looked = 0 if seen is None else seen.in_view_seconds
    unseen = tuple(part for part in rule.parts if part not in opened)
    return unseen, max(rule.in_view_seconds - max(looked, 0), 0)


def _sentence(decision: str, unseen: tuple[str, ...], seconds: int) -> str:
    wanted = [f"open {', '.join(unseen)}"] if unseen else []
    wanted += [f"look for {seconds} s more"] if seconds else []
    return f"Before {decision}, {' and '.join(wanted) or 'look at the request'}."
