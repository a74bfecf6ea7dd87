"""Looks people up in the directory, as far as planning needs to know them."""

from collections.abc import Sequence
from dataclasses import replace

from event_schemas.types import Candidates
from kernel.directory.cache import ReadThrough
from kernel.directory.directory import Directory
from kernel.directory.person import Person
from services.notifier_svc.notice import Brief, Notice
from services.notifier_svc.reach import Someone


class DirectoryPeople:
    """The people of the directory."""

    def __init__(self, directory: Directory) -> None:
        self._people = directory.people
        self._preferences = directory.preferences
        self._push = directory.push
        self._slack = directory.slack_workspaces
        self._ids = ReadThrough(self._id_of)

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

    async def by_email(self, tenant: str, emails: Sequence[str]) -> dict[str, Someone]:
        """The active people with these addresses (in lower case)."""
        found: dict[str, Someone] = {}
        for email in emails:
            person = await self._ids.get((tenant, email))
            someone = person and await self.get(tenant, person)
            if someone:
                found[email] = someone
        return found

    async def _id_of(self, key: tuple[str, str]) -> str | None:
        tenant, email = key
        return (await self._people.named(tenant, [email])).get(email)

    async def with_wishes(self, tenant: str, person: Someone) -> Someone:
        """The person with how they want to be told, and where they can be."""
        return replace(
            person,
            preferences=await self._preferences.get(tenant, person.id),
            browsers=await self._push.ids_of(tenant, person.id),
            in_slack=await self._slack.get(tenant) is not None,
        )


def _someone(person: Person) -> Someone:
    return Someone(id=person.id, email=person.email, name=person.name)
