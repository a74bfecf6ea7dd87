"""The words in which a command is turned down: a reason for programs, a sentence for people."""

from datetime import datetime

from event_schemas.types import (
    Closing,
    Command,
    Refusal,
    RefusalReason,
    RequestState,
    Winner,
)

_ended = {"Received": "answered", "TimedOut": "closed by its deadline", "Cancelled": "withdrawn"}


def refused(reason: RefusalReason, detail: str, state: RequestState | None = None) -> Refusal:
    """A refusal, with the state that the request was in."""
    return Refusal(reason=reason, detail=detail, state=None if state is None else state.state)


def unknown(command: Command) -> Refusal:
    """There is no such request for this tenant; whether another has it is not told."""
    return refused(RefusalReason.UNKNOWN, f"There is no request {command.request_id}.")


def invalid(detail: str, state: RequestState | None = None) -> Refusal:
    """What the command says makes no sense here."""
    return refused(RefusalReason.INVALID, detail, state)


def not_allowed(detail: str, state: RequestState | None = None) -> Refusal:
    """The actor may not do this."""
    return refused(RefusalReason.NOT_ALLOWED, detail, state)


def wrong_state(detail: str, state: RequestState) -> Refusal:
    """The request is not where the command needs it; names the winner if it was closed."""
    return Refusal(
        reason=RefusalReason.WRONG_STATE, detail=detail, state=state.state, winner=winner_of(state)
    )


def already_decided(state: RequestState) -> Refusal:
    """The request was closed before."""
    return Refusal(
        reason=RefusalReason.ALREADY_DECIDED,
        detail=how_it_ended(state),
        state=state.state,
        winner=winner_of(state),
    )


def late(detail: str, state: RequestState) -> Refusal:
    """The clock was first."""
    return Refusal(
        reason=RefusalReason.LATE, detail=detail, state=state.state, winner=winner_of(state)
    )


def stale_revision(detail: str, state: RequestState) -> Refusal:
    """The actor saw another revision than the current one."""
    return Refusal(
        reason=RefusalReason.STALE_REVISION,
        detail=detail,
        state=state.state,
        revision=state.revision,
    )


def held_by(holder: str, state: RequestState) -> Refusal:
    """Somebody else holds the request."""
    return Refusal(
        reason=RefusalReason.HELD_BY,
        detail=f"{holder} holds this request; a lead may give it to someone else.",
        state=state.state,
        holder=holder,
    )


def not_seen(
    detail: str, unseen: tuple[str, ...], look_seconds: int, state: RequestState
) -> Refusal:
    """The actor has not looked at all that must be seen before this decision."""
    return Refusal(
        reason=RefusalReason.NOT_SEEN,
        detail=detail,
        state=state.state,
        unseen=unseen,
        look_seconds=look_seconds,
    )


def limit_reached(detail: str, state: RequestState) -> Refusal:
    """A bound of the request is reached."""
    return refused(RefusalReason.LIMIT_REACHED, detail, state)


def too_early(due_at: datetime, state: RequestState) -> Refusal:
    """The clock's command came before the step was due."""
    return refused(
        RefusalReason.TOO_EARLY, f"This step is not due before {readable(due_at)}.", state
    )


def winner_of(state: RequestState) -> Winner | None:
    """What closed the request, if anything did."""
    closing = state.closing
    if closing is None:
        return None
    return Winner(
        event=closing.event,
        actor_id=closing.actor_id,
        decision=closing.decision,
        at=closing.at,
    )


def how_it_ended(state: RequestState) -> str:
    """The end of a request as a sentence."""
    closing = state.closing
    return "This request is closed." if closing is None else _ending(closing)


def readable(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC, to the second."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _ending(closing: Closing) -> str:
    ended = _ended.get(closing.event, "closed")
    decision = "" if closing.decision is None else f" with {closing.decision}"
    by = "" if closing.event == "TimedOut" else f" by {closing.actor_id}"
    return f"This request was {ended}{decision}{by} at {readable(closing.at)}."
