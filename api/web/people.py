"""The names of people, so that pages need not show ids."""

from collections.abc import Iterable, Mapping

from kernel.directory.directory import Directory


async def names_of(
    directory: Directory, tenant: str, ids: Iterable[str | None]
) -> Mapping[str, str]:
    """The names of those ids that are people of the tenant.

    Raises:
        Unavailable: the directory is away, and was when last asked.
    """
    people = [await directory.people.get(tenant, one) for one in sorted({i for i in ids if i})]
    return {person.id: person.name for person in people if person is not None}
