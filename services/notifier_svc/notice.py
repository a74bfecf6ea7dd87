"""What people are told of: the events that give rise to a notice, and what each says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from event_schemas.types import (
    Assigned,
    Candidates,
    Commented,
    Envelope,
    Escalated,
    Event,
    Priority,
    Received,
    Released,
    Reminded,
    Requested,
    Response,
    Revised,
    StageOpened,
    TimedOut,
)


class Why(StrEnum):
    """Why people are told."""

    ASKED = "asked"
    REVISED = "revised"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    STAGE = "stage"
    ASSIGNED = "assigned"
    RELEASED = "released"
    COMMENTED = "commented"
    ANSWERED = "answered"
    EXPIRED = "expired"


INFORMS = frozenset({Why.COMMENTED, Why.ANSWERED, Why.EXPIRED})
"""Notices that ask for nothing: they go to those who take part, whatever the request's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a notice says of its request, whatever gave rise to it.

    `personal` are the values that must not leave the house, `took_part` the people who had to do
    with it so far.
    """

    question: Requested
    title: str
    description: str | None
    personal: tuple[str, ...] = ()
    took_part: tuple[str, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell people about one request.

    `audience` names who must hear of it; None means those whom the question names. `note` is what
    there is to add, in one line. `context` is what is at stake, JSON, where the event says it.
    `on_call` names the team whose person on call is the audience, where there is one.
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
    revision: int
    content_hash: str
    actor: str
    audience: Candidates | None = None
    channels: tuple[str, ...] = ()
    note: str | None = None
    context: str | None = None
    on_call: str | None = None


def notice_of(envelope: Envelope) -> Notice | None:
    """The notice that an event gives rise to, or None.

    Taking a request oneself gives none, nor does giving it back oneself: who holds it shows in the
    queue. What was taken from somebody, by a lead or the clock, waits for the others again.
    """
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
        revision=status.revision,
        content_hash=status.content_hash,
        actor=envelope.metadata.actor.id,
        audience=audience,
        channels=channels,
        note=note,
        context=envelope.data.context if isinstance(envelope.data, (Requested, Revised)) else None,
        on_call=envelope.data.on_call if isinstance(envelope.data, Escalated) else None,
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
        case Released(from_person=person, reason=reason):
            itself = person is None or person == envelope.metadata.actor.id
            return None if itself else (Why.RELEASED, None, (), reason)
        case event:
            return _news(event)


def _news(event: Event) -> _Particulars | None:
    """What events say that ask for nothing."""
    match event:
        case Commented(text=text):
            return Why.COMMENTED, None, (), text
        case Received(response=response):
            return Why.ANSWERED, None, (), _answer(response)
        case TimedOut(response=response):
            return Why.EXPIRED, None, (), response and _answer(response)
        case _:
            return None


def _answer(response: Response) -> str:
    return f"{response.decision}: {response.comment}" if response.comment else response.decision
