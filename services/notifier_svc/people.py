"""Looks people up in the directory, as far as routing needs to know them."""

from collections.abc import Sequence

from event_schemas.types import Candidates
from kernel.directory.people import People
from kernel.directory.person import Person
from services.notifier_svc.notice import Brief, Notice
from services.notifier_svc.routing import Someone


class DirectoryPeople:
    """The people of the directory."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def matching(
        self, notice: Notice, brief: Brief, candidates: Candidates
    ) -> Sequence[Someone]:
        """The active people who match and may look at this request."""
        found = await self._people.matching(
            notice.tenant,
            candidates,
            kind=brief.question.kind,
            principal_id=notice.principal_id,
        )
        return [_someone(person) for person in found]

    async def get(self, tenant: str, person: str) -> Someone | None:
        """The active person of this id."""
        found = await self._people.get(tenant, person)
        return _someone(found) if found is not None and found.is_active else None


def _someone(person: Person) -> Someone:
    return Someone(id=person.id, email=person.email)
