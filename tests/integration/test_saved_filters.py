"""Views of the queue that people keep: their own, their teams', one to begin with."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kernel.directory.directory import COMPONENT, MIGRATIONS, Directory
from kernel.directory.person import Person
from kernel.directory.saved_filters import MAX_KEPT, SavedFilters
from kernel.errors import Invalid, NotFound
from kernel.ids import new_id
from kernel.postgres import connect, migrate
from kernel.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def directory(module_database: str) -> AsyncIterator[Directory]:
    pool = await connect(module_database)
    await migrate(pool, COMPONENT, MIGRATIONS)
    await pool.close()
    made = await Directory.connect(Settings(pg_dsn=module_database, local=True))
    for tenant in ("acme", "globex"):
        await made.tenants.create(tenant=tenant, name=tenant)
    yield made
    await made.close()


@pytest.fixture
def kept(directory: Directory) -> SavedFilters:
    return directory.saved_filters


async def person(directory: Directory, tenant: str = "acme") -> Person:
    return await directory.people.create(tenant=tenant, email=f"{new_id()}@a.test", name="Kim")


async def names(kept: SavedFilters, who: Person, *teams: str) -> list[str]:
    return [one.name for one in await kept.of(who.tenant, who.id, teams)]


async def test_a_view_is_kept_replaced_and_removed(
    directory: Directory, kept: SavedFilters
) -> None:
    kim = await person(directory)
    first = await kept.keep("acme", kim.id, name=" My  own ", query="view=mine", team=None)
    again = await kept.keep("acme", kim.id, name="My own", query="view=all", team=None)
    assert first == again
    [one] = await kept.of("acme", kim.id, ())
    assert (one.name, one.query, one.is_own, one.is_default) == ("My own", "view=all", True, False)
    await kept.remove("acme", kim.id, one.id)
    assert await names(kept, kim) == []


async def test_a_team_sees_what_is_shared_with_it_and_only_its_person_removes_it(
    directory: Directory, kept: SavedFilters
) -> None:
    kim, lou = await person(directory), await person(directory)
    shared = await kept.keep("acme", kim.id, name="Ours", query="view=teams", team="ops")
    assert await names(kept, lou, "ops") == ["Ours"]
    assert await names(kept, lou, "legal") == []
    with pytest.raises(NotFound):
        await kept.remove("acme", lou.id, shared)
    with pytest.raises(NotFound):
        await kept.begin_with("acme", lou.id, ("legal",), shared)
    await kept.begin_with("acme", lou.id, ("ops",), shared)
    [seen] = await kept.of("acme", lou.id, ("ops",))
    assert (seen.is_default, seen.is_own) == (True, False)
    [own] = await kept.of("acme", kim.id, ())
    assert not own.is_default
    await kept.remove("acme", kim.id, shared)
    assert await names(kept, lou, "ops") == []


async def test_another_tenant_sees_nothing_even_with_the_same_team(
    directory: Directory, kept: SavedFilters
) -> None:
    kim, far = await person(directory), await person(directory, "globex")
    shared = await kept.keep("acme", kim.id, name="Ours", query="view=teams", team="ops")
    assert await names(kept, far, "ops") == []
    with pytest.raises(NotFound):
        await kept.begin_with("globex", far.id, ("ops",), shared)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
async def test_a_name_is_wanted(directory: Directory, kept: SavedFilters, name: str) -> None:
    kim = await person(directory)
    with pytest.raises(Invalid):
        await kept.keep("acme", kim.id, name=name, query="view=mine", team=None)


async def test_nobody_keeps_views_without_end(directory: Directory, kept: SavedFilters) -> None:
    kim = await person(directory)
    for number in range(MAX_KEPT):
        await kept.keep("acme", kim.id, name=f"View {number}", query="view=mine", team=None)
    with pytest.raises(Invalid, match="remove one first"):
        await kept.keep("acme", kim.id, name="One more", query="view=mine", team=None)
    await kept.keep("acme", kim.id, name="View 7", query="view=all", team=None)


@pytest.mark.parametrize("saved", ["", "x", "' OR 1=1", "018f6d2e-8c2a-7d34-9b1c-5a1f0e6b7c99"])
async def test_an_id_that_is_none_is_told_so(
    directory: Directory, kept: SavedFilters, saved: str
) -> None:
    kim = await person(directory)
    with pytest.raises(NotFound):
        await kept.remove("acme", kim.id, saved)
