"""What people are told of: the events that give rise to a notice, and what each says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from event_schemas.types import (
    Assigned,
    Candidates,
    Envelope,
    Escalated,
    Priority,
    Reminded,
    Requested,
    Revised,
    StageOpened,
)

NOTICED = (Requested, Revised, Escalated, Reminded, StageOpened, Assigned)


class Why(StrEnum):
    """Why people are told."""

    ASKED = "asked"
    REVISED = "revised"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    STAGE = "stage"
    ASSIGNED = "assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a notice says of its request, whatever gave rise to it."""

    question: Requested
    title: str
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell people about one request.

    `audience` names who must hear of it; None means those whom the question names. `note` is what
    there is to add, in one line.
    """

    event_id: str
    event: str
    request_id: str
    tenant: str
    why: Why
    at: datetime
    priority: Priority
    deadline: datetime | None
    principal_id: str | None
    assignee: str | None
    audience: Candidates | None = None
    channels: tuple[str, ...] = ()
    note: str | None = None


def notice_of(envelope: Envelope) -> Notice | None:
    """The notice that an event gives rise to, or None; taking a request oneself gives none."""
    said = _particulars(envelope)
    if said is None:
        return None
    why, audience, channels, note = said
    status = envelope.request
    return Notice(
        event_id=envelope.event_id,
        event=envelope.event_type.rpartition(".")[2],
        request_id=envelope.metadata.request_id,
        tenant=envelope.metadata.tenant,
        why=why,
        at=envelope.timestamp,
        priority=status.priority,
        deadline=status.deadline,
        principal_id=status.principal_id,
        assignee=status.assignee.person if status.assignee else None,
        audience=audience,
        channels=channels,
        note=note,
    )


_Particulars = tuple[Why, Candidates | None, tuple[str, ...], str | None]


def _particulars(envelope: Envelope) -> _Particulars | None:
    match envelope.data:
        case Requested():
            return Why.ASKED, None, (), None
        case Revised(note=note):
            return Why.REVISED, None, (), note
        case Reminded():
            return Why.REMINDED, None, (), None
        case Escalated(candidates=candidates, channels=channels, name=name, reason=reason):
            note = f"{name}: {reason}" if reason else name
            return Why.ESCALATED, candidates, channels, note
        case StageOpened(candidates=candidates, name=name):
            return Why.STAGE, candidates, (), name
        case Assigned(claimed=False, assignee=assignee, reason=reason):
            if assignee.person is not None and assignee.person == envelope.metadata.actor.id:
                return None
            audience = Candidates(
                people=(assignee.person,) if assignee.person else (),
                teams=(assignee.team,) if assignee.team else (),
            )
            return Why.ASSIGNED, audience, (), reason
        case _:
            return None
