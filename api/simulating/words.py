"""Says in a sentence what an event of a simulated course is."""

from collections.abc import Mapping

from event_schemas.types import (
    Assigned,
    Envelope,
    Escalated,
    Outcome,
    Received,
    Released,
    Reminded,
    Requested,
    StageOpened,
    TimedOut,
)
from kernel.topics import event_type_of


def sentence(envelope: Envelope, names: Mapping[str, str]) -> str:
    """What happens, for people; `names` are those of persons, by id."""
    match envelope.data:
        case Requested():
            return "The question is asked."
        case Escalated(level=level, name=name, deadline=deadline, on_call=team):
            asked = "" if team is None else f", who is on call for {team}"
            until = "" if deadline is None else f"; it closes {deadline:%Y-%m-%d %H:%M:%S} UTC"
            return f"Nobody has answered: rung {level}, {name}{asked}{until}."
        case Reminded(number=number):
            return f"Reminder {number}."
        case Assigned(assignee=assignee, reason=reason):
            person = names.get(assignee.person or "", assignee.person)
            return f"It goes to {person or assignee.team}. {reason or ''}".strip()
        case Released(from_person=person, reason=reason):
            return f"{names.get(person or '', person)} has it no more. {reason or ''}".strip()
        case StageOpened(name=name):
            return f"The stage {name} opens."
        case Received(response=response):
            return f"A rule answers: {response.decision}."
        case TimedOut(action=action, response=response):
            if response is None:
                return "The deadline closes it without an answer."
            return f"The deadline answers: {response.decision} ({action})."
        case other:
            return event_type_of(type(other).__name__).rpartition(".")[2].replace("_", " ") + "."


def ending(outcome: Outcome | None, *, cut: bool) -> str:
    """How it ends."""
    if cut:
        return "It goes on like this; this is as far as it is told."
    if outcome is None:
        return "Then it waits, for ever: its kind has no deadline."
    return f"That is the end: {outcome.replace('_', ' ')}."
