"""Finds out who is able to take a request, and chooses: the same whoever asks, and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from event_schemas.types import Candidates, Envelope, Escalated, Policy, Released, Requested
from kernel.directory.person import Person
from kernel.roster import Roster
from services.notifier_svc.assigning.book import Holding
from services.notifier_svc.assigning.choosing import Able, Chosen, choose

MOST_CHOICES = 20
"""So often a request is given to somebody by itself; then it waits for whoever takes it."""


class People(Protocol):
    """Finds people of a tenant; both raise `Unavailable` while the directory is away."""

    async def matching(
        self, tenant: str, candidates: Candidates, *, kind: str, principal_id: str | None
    ) -> tuple[Person, ...]:
        """The active people who match."""
        ...

    async def get(self, tenant: str, person: str) -> Person | None:
        """The person of this id."""
        ...


class Standing(Protocol):
    """How much people hold, and whose turn it was; each raises `Unavailable` where it is away."""

    async def times(self, request_id: str) -> int:
        """How often somebody was chosen for this request."""
        ...

    async def loads(self, people: Sequence[str], request_id: str) -> Mapping[str, int]:
        """How many open requests people hold or are to get, but for this one."""
        ...

    async def turns(self, kind: str) -> Mapping[str, int]:
        """The number of each person's last turn in a kind."""
        ...


class Chooser:
    """Chooses for an event that leaves a request with nobody who holds it."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def chosen(
        self, envelope: Envelope, holding: Holding | None, roster: Roster, standing: Standing
    ) -> Chosen | None:
        """Who gets the request: who is on call, where a rung says so, else as its kind says.

        Raises:
            Unavailable: the directory or the book is away.
        """
        if await standing.times(envelope.metadata.request_id) >= MOST_CHOICES:
            return None
        if isinstance(envelope.data, Escalated) and envelope.data.on_call is not None:
            called = await self._called(envelope, envelope.data.on_call, roster)
            if called is not None:
                return called
        question = None if holding is None else holding.question
        if holding is None or question is None or question.policy.assign is None:
            return None
        rule = question.policy.assign
        asked = _asked(question.policy, holding.stage)
        if asked is None:
            return None
        candidates = rule.among if _names(rule.among) else asked
        able = await self._able(envelope, question, candidates, roster)
        ready = await self._informed(able, envelope, roster, standing)
        given_back = envelope.data.from_person if isinstance(envelope.data, Released) else None
        return choose(rule, ready, given_back)

    async def _informed(
        self, able: Sequence[Able], envelope: Envelope, roster: Roster, standing: Standing
    ) -> list[Able]:
        loads = await standing.loads([one.id for one in able], envelope.metadata.request_id)
        turns = await standing.turns(envelope.request.kind)
        return [
            Able(
                id=one.id,
                load=loads.get(one.id, 0),
                last_turn=turns.get(one.id, 0),
                skills=roster.skills.get(one.id, frozenset()),
                stands_in_for=one.stands_in_for,
            )
            for one in able
        ]

    async def _called(self, envelope: Envelope, team: str, roster: Roster) -> Chosen | None:
        """Who is on call when the rung is climbed."""
        tenant = envelope.metadata.tenant
        person = roster.on_call(team, envelope.timestamp)
        found = None if person is None else await self._people.get(tenant, person)
        if found is None or not found.is_active:
            return None
        return Chosen(found.id, f"On call for {team}.")

    async def _able(
        self, envelope: Envelope, question: Requested, candidates: Candidates, roster: Roster
    ) -> list[Able]:
        """Those who are there and not barred; where all are away, those who stand in for them."""
        tenant, at = envelope.metadata.tenant, envelope.timestamp
        matching = await self._people.matching(
            tenant, candidates, kind=question.kind, principal_id=question.principal_id
        )
        barred = set(question.policy.excluded)
        if not question.policy.self_approval:
            barred.add(question.requester_id)
        asked = [one.id for one in matching if one.id not in barred]
        present = [Able(id=one) for one in asked if not roster.is_away(one, at)]
        if present:
            return present
        substitutes = await self._substitutes(tenant, asked, roster, at)
        return [one for one in substitutes if one.id not in barred]

    async def _substitutes(
        self, tenant: str, away: Sequence[str], roster: Roster, at: datetime
    ) -> list[Able]:
        found: dict[str, Able] = {}
        for absent in away:
            there = roster.there_for(absent, at)
            person = None if there is None else await self._people.get(tenant, there)
            if person is not None and person.is_active:
                found.setdefault(person.id, Able(id=person.id, stands_in_for=absent))
        return list(found.values())


def _asked(policy: Policy, stage: int) -> Candidates | None:
    """Who is asked in a stage; None where several answer, so that nobody can hold it."""
    if not policy.stages:
        return policy.candidates if policy.quorum == 1 else None
    if not 0 <= stage < len(policy.stages) or policy.stages[stage].quorum > 1:
        return None
    asked = policy.stages[stage].candidates
    return asked if _names(asked) else policy.candidates


def _names(candidates: Candidates) -> bool:
    return bool(candidates.roles or candidates.teams or candidates.people)
