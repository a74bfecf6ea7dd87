"""Finds out who hears of a notice: asks the directory for whom the pure routing needs to know."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from event_schemas.types import Candidates
from services.notifier_svc.notice import INFORMS, Brief, Notice, Why
from services.notifier_svc.reach import Someone
from services.notifier_svc.routing import (
    Heard,
    Known,
    asks_candidates,
    named_addresses,
    named_people,
    who_hears,
)


class People(Protocol):
    """Finds the people of a tenant; every method raises `Unavailable` while they are away."""

    async def matching(
        self, notice: Notice, brief: Brief, candidates: Candidates
    ) -> Sequence[Someone]:
        """The active people who match and may look at this request."""
        ...

    async def get(self, tenant: str, person: str) -> Someone | None:
        """The active person of this id."""
        ...

    async def by_email(self, tenant: str, emails: Sequence[str]) -> dict[str, Someone]:
        """The active people with these addresses (in lower case)."""
        ...

    async def with_wishes(self, tenant: str, person: Someone) -> Someone:
        """The person with how they want to be told."""
        ...


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of a notice, and by address those of them whom the directory knows."""

    heard: Heard
    by_id: dict[str, Someone]


class Audiences:
    """Finds audiences."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def of(self, notice: Notice, brief: Brief) -> Audience:
        """Who hears of a notice.

        Raises:
            Unavailable: the directory is away.
        """
        heard = who_hears(notice, brief, await self._known(notice, brief))
        by_id = {one.id: one for one in heard.people}
        for told in heard.addresses:
            if told.person is not None and told.person not in by_id:
                someone = await self._people.get(notice.tenant, told.person)
                by_id |= {} if someone is None else {someone.id: someone}
        wishes = [await self._people.with_wishes(notice.tenant, one) for one in by_id.values()]
        by_id = {one.id: one for one in wishes}
        people = tuple(by_id[one.id] for one in heard.people)
        return Audience(replace(heard, people=people), by_id)

    async def _known(self, notice: Notice, brief: Brief) -> Known:
        if notice.why in INFORMS:
            who = interested(notice, brief)
            return Known(audience=await self._found(notice, who), by_id={}, by_email={})
        named = await self._found(notice, named_people(notice, brief))
        emails = sorted(named_addresses(brief))
        audience: Sequence[Someone] = ()
        if notice.audience is not None and notice.audience != Candidates():
            audience = await self._people.matching(notice, brief, notice.audience)
        candidates: Sequence[Someone] = ()
        wanted = asks_candidates(notice, brief)
        if wanted is not None and not audience:
            candidates = await self._people.matching(notice, brief, wanted)
        return Known(
            audience=audience,
            candidates=candidates,
            by_id={one.id: one for one in named},
            by_email=await self._people.by_email(notice.tenant, emails) if emails else {},
        )

    async def _found(self, notice: Notice, names: Iterable[str]) -> list[Someone]:
        found = [await self._people.get(notice.tenant, name) for name in sorted(set(names))]
        return [one for one in found if one is not None]


def interested(notice: Notice, brief: Brief) -> set[str]:
    """The ids of who is told what only informs: of an end who asked, of a comment who takes part.

    The asker is among them if it is a person, and nobody hears of their own doing.
    """
    asker = brief.question.requester_id
    if notice.why is not Why.COMMENTED:
        return {asker} - {notice.actor}
    holder = {notice.assignee} if notice.assignee else set[str]()
    return {asker, *holder, *brief.took_part} - {notice.actor}
