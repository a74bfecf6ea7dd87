"""Those who are told, as they are there now: substitutes for the absent, and who is on call."""

from collections.abc import Sequence
from datetime import datetime

from event_schemas.types import Candidates
from kernel.roster import Roster
from services.notifier_svc.assigning.desk import Rosters
from services.notifier_svc.audience import People
from services.notifier_svc.notice import Brief, Notice
from services.notifier_svc.reach import Someone


class PresentPeople:
    """People of whom the absent are told nothing that whoever stands in is told instead."""

    def __init__(self, people: People, rosters: Rosters) -> None:
        self._people = people
        self._rosters = rosters

    async def matching(
        self, notice: Notice, brief: Brief, candidates: Candidates
    ) -> Sequence[Someone]:
        """The active people who match, are there, and may look at this request.

        A rung that names who is on call is for that person; where nobody is, for its candidates.
        """
        roster = await self._rosters.roster(notice.tenant)
        if notice.on_call is not None and candidates == notice.audience:
            person = roster.on_call(notice.on_call, notice.at)
            called = None if person is None else await self._people.get(notice.tenant, person)
            if called is not None:
                return [called]
        found = await self._people.matching(notice, brief, candidates)
        return await self._there(notice.tenant, found, roster, notice.at)

    async def get(self, tenant: str, person: str) -> Someone | None:
        """The active person of this id, there or not."""
        return await self._people.get(tenant, person)

    async def by_email(self, tenant: str, emails: Sequence[str]) -> dict[str, Someone]:
        """The active people with these addresses (in lower case), there or not."""
        return await self._people.by_email(tenant, emails)

    async def with_wishes(self, tenant: str, person: Someone) -> Someone:
        """The person with how they want to be told."""
        return await self._people.with_wishes(tenant, person)

    async def _there(
        self, tenant: str, found: Sequence[Someone], roster: Roster, at: datetime
    ) -> list[Someone]:
        there: dict[str, Someone] = {}
        for one in found:
            instead = roster.there_for(one.id, at)
            if instead == one.id:
                there.setdefault(one.id, one)
            elif instead is not None:
                person = await self._people.get(tenant, instead)
                # Who can't be reached leaves the absent person as the one who is told.
                there.setdefault(one.id if person is None else instead, person or one)
        # Better to tell the absent than nobody.
        return list(there.values()) or list(found)
