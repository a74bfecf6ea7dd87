"""Who may command what: one table of parties, and what makes an actor one of them.

A role that an actor holds may be limited to a kind, and to a principal of it: `reviewer` holds
everywhere, `reviewer:refund` for the kind refund, `reviewer:refund:acme` and `reviewer:*:acme`
for that principal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from event_schemas.types import (
    Actor,
    ActorKind,
    Assign,
    Cancel,
    Candidates,
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
    Release,
    Remind,
    Reprioritise,
    Respond,
    Revise,
    Start,
)
from kernel.directory.principals import covers
from kernel.request.model import Request, stage_of

TIMEOUT_SERVICE = "timeout_svc"
NOTIFIER_SERVICE = "notifier_svc"
CALLBACK_SERVICE = "callback_svc"


class Party(StrEnum):
    """A part that an actor can play towards a request; the value is what people call it."""

    AGENT = "an agent"
    REQUESTER = "a person who may ask"
    ASKER = "whoever asked"
    CANDIDATE = "those who are asked"
    REVIEWER = "those who may answer"
    LEAD = "a lead"
    TIMEOUT = "the clock"
    NOTIFIER = "the notifier"
    CALLBACK = "the callback service"


AUTHORITY: Mapping[type[CommandBody], tuple[Party, ...]] = MappingProxyType(
    {
        Open: (Party.AGENT, Party.REQUESTER),
        Revise: (Party.ASKER,),
        Redeem: (Party.ASKER,),
        Cancel: (Party.ASKER, Party.LEAD),
        Comment: (Party.ASKER, Party.CANDIDATE, Party.LEAD),
        Extend: (Party.ASKER, Party.REVIEWER, Party.LEAD),
        Reprioritise: (Party.ASKER, Party.REVIEWER, Party.LEAD),
        Respond: (Party.REVIEWER,),
        Claim: (Party.REVIEWER,),
        Start: (Party.REVIEWER,),
        Release: (Party.REVIEWER, Party.LEAD, Party.TIMEOUT),
        Assign: (Party.REVIEWER, Party.LEAD, Party.NOTIFIER),
        Escalate: (Party.REVIEWER, Party.LEAD, Party.TIMEOUT),
        Expire: (Party.TIMEOUT,),
        Remind: (Party.TIMEOUT,),
        RecordNotification: (Party.NOTIFIER,),
        RecordCallback: (Party.CALLBACK,),
    }
)

_may_ask = ("requester", "lead", "admin")
_leads = ("lead", "admin")
_everyone_who_reviews = Candidates(roles=("reviewer", "lead", "admin"))


@dataclass(frozen=True, slots=True)
class Matter:
    """What authority is asked for: a kind and principal, and the request once there is one."""

    kind: str
    principal_id: str | None
    request: Request | None

    @classmethod
    def of(cls, request: Request) -> "Matter":
        """The matter of a request that was opened."""
        return cls(request.policy.kind, request.state.principal_id, request)


def parties_of(command: type[CommandBody], actor: Actor, matter: Matter) -> frozenset[Party]:
    """The parts that may give this command and that the actor plays; none if it may not."""
    return frozenset(party for party in AUTHORITY[command] if _plays(party, actor, matter))


def why_barred(person: str | None, request: Request) -> str | None:
    """Why a person may never answer this request, whatever their roles; None if they may."""
    if person is None:
        return None
    if person in request.policy.excluded:
        return f"{person} is excluded from answering this request."
    if person == request.state.requester_id and not request.policy.self_approval:
        return "Whoever asked may not answer."
    return None


def why_actor_barred(actor: Actor, request: Request) -> str | None:
    """As `why_barred`, for an actor and for the person whose place it takes."""
    return why_barred(actor.id, request) or why_barred(actor.on_behalf_of, request)


def leads(actor: Actor, request: Request) -> bool:
    """Whether the actor is a lead or an admin for this request."""
    return _plays(Party.LEAD, actor, Matter.of(request))


def could_answer(given: Assign, request: Request) -> bool:
    """Whether whom a request is to be given to is among those who are asked.

    A person by the roles and teams that the command shows; a team where it is named.
    """
    named = given.assignee
    if named.person is None:
        return any(named.team in one.teams for one in _candidates_of(request))
    person = Actor(
        kind=ActorKind.PERSON,
        id=named.person,
        tenant=request.state.tenant,
        roles=given.roles,
        teams=given.teams,
        auth="",
        channel="",
    )
    return _is_candidate(person, request)


def _plays(party: Party, actor: Actor, matter: Matter) -> bool:
    person = actor.kind is ActorKind.PERSON
    request = matter.request
    match party:
        case Party.AGENT:
            return actor.kind is ActorKind.AGENT
        case Party.REQUESTER:
            return person and _holds_any(_may_ask, actor, matter)
        case Party.LEAD:
            return person and _holds_any(_leads, actor, matter)
        case Party.ASKER:
            return request is not None and _asked(actor, request)
        case Party.CANDIDATE:
            return person and request is not None and _is_candidate(actor, request)
        case Party.REVIEWER:
            candidate = _plays(Party.CANDIDATE, actor, matter)
            return candidate and request is not None and not why_actor_barred(actor, request)
        case Party.TIMEOUT:
            return _is_service(actor, TIMEOUT_SERVICE)
        case Party.NOTIFIER:
            return _is_service(actor, NOTIFIER_SERVICE)
        case Party.CALLBACK:
            return _is_service(actor, CALLBACK_SERVICE)
        case _:
            assert_never(party)


def _is_service(actor: Actor, name: str) -> bool:
    return actor.kind is ActorKind.SERVICE and actor.id == name


def _asked(actor: Actor, request: Request) -> bool:
    asks = actor.kind in (ActorKind.PERSON, ActorKind.AGENT)
    return asks and request.state.requester_id in (actor.id, actor.on_behalf_of)


def _holds_any(roles: tuple[str, ...], actor: Actor, matter: Matter) -> bool:
    return any(
        covers(held, role, matter.kind, matter.principal_id)
        for held in actor.roles
        for role in roles
    )


def _is_candidate(actor: Actor, request: Request) -> bool:
    """Whether the actor is among those who are asked, exclusions aside."""
    assignee = request.state.assignee
    if assignee is not None and _is_named(actor, assignee.person):
        return True
    if assignee is not None and assignee.team in actor.teams:
        return True
    return any(_match(candidates, actor, request) for candidates in _candidates_of(request))


def _candidates_of(request: Request) -> tuple[Candidates, ...]:
    asked = stage_of(request).candidates
    if _names_nobody(asked):
        asked = request.policy.candidates
    if _names_nobody(asked):
        asked = _everyone_who_reviews
    climbed = request.policy.ladder[: request.state.escalation_level]
    return (asked, *(rung.candidates for rung in climbed))


def _names_nobody(candidates: Candidates) -> bool:
    return not (candidates.roles or candidates.teams or candidates.people)


def _match(candidates: Candidates, actor: Actor, request: Request) -> bool:
    return (
        any(_is_named(actor, person) for person in candidates.people)
        or any(team in actor.teams for team in candidates.teams)
        or _holds_any(candidates.roles, actor, Matter.of(request))
    )


def _is_named(actor: Actor, person: str | None) -> bool:
    return person is not None and person in (actor.id, actor.on_behalf_of)
