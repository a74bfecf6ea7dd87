"""In which phase of a request's life each command has a place."""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType

from event_schemas.types import (
    Assign,
    Cancel,
    Claim,
    CommandBody,
    Comment,
    Escalate,
    Expire,
    Extend,
    Open,
    RecordCallback,
    RecordNotification,
    Redeem,
    Refusal,
    Release,
    Remind,
    Reprioritise,
    RequestState,
    Respond,
    Revise,
    Start,
    State,
)
from kernel.request.model import is_closed
from services.request_svc.judging.refusals import already_decided, how_it_ended, late, wrong_state


class Phase(Enum):
    """What a request waits for: an answer, a revision, or nothing any more."""

    WAITING = auto()
    REVISING = auto()
    CLOSED = auto()


_always = frozenset(Phase)
_open = frozenset({Phase.WAITING, Phase.REVISING})
_waiting = frozenset({Phase.WAITING})

PHASES: Mapping[type[CommandBody], frozenset[Phase]] = MappingProxyType(
    {
        Open: _always,
        Comment: _always,
        RecordNotification: _always,
        RecordCallback: _always,
        Expire: _always,
        Remind: _always,
        Cancel: _open,
        Extend: _open,
        Reprioritise: _open,
        Respond: _waiting,
        Claim: _waiting,
        Start: _waiting,
        Release: _waiting,
        Assign: _waiting,
        Escalate: _waiting,
        Revise: frozenset({Phase.REVISING}),
        Redeem: frozenset({Phase.CLOSED}),
    }
)

_judged_by_the_clock = (Respond, Revise)


def phase_of(state: RequestState) -> Phase:
    """The phase that a request is in."""
    if is_closed(state):
        return Phase.CLOSED
    return Phase.REVISING if state.state is State.REVISING else Phase.WAITING


def out_of_phase(body: CommandBody, state: RequestState) -> Refusal | None:
    """Why the command has no place in the request's phase, or None if it has."""
    phase = phase_of(state)
    if phase in PHASES[type(body)]:
        return None
    if phase is Phase.CLOSED:
        timed_out = state.closing is not None and state.closing.event == "TimedOut"
        if timed_out and isinstance(body, _judged_by_the_clock):
            return late(how_it_ended(state), state)
        return already_decided(state)
    if isinstance(body, Redeem):
        return wrong_state("This request has not been decided yet.", state)
    if phase is Phase.REVISING:
        return wrong_state("Changes were requested; the revised question is awaited.", state)
    return wrong_state("No changes were requested.", state)
