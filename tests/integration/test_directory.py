"""The directory on a real Postgres: who is let in, what is kept, what holds while it is away."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from event_schemas.types import ActorKind, Candidates
from kernel.asking import open_for
from kernel.directory.directory import COMPONENT, MIGRATIONS, Directory
from kernel.directory.principals import Ability, Auth, Principal, Role
from kernel.directory.tokens import SESSION
from kernel.errors import Invalid, NotFound, Unavailable
from kernel.ids import new_id
from kernel.postgres import connect, migrate
from kernel.question import Question
from kernel.secrets import Keyring
from kernel.validation import validated
from tests.support.servers import OwnPostgres

PASSWORD = "correct horse battery"
KEYRING = Keyring([bytes(range(32))])


@dataclass
class Time:
    """A clock that the test moves, for both what is shown and what ages."""

    seconds: float = 0.0

    def utc(self) -> datetime:
        return datetime(2026, 5, 4, tzinfo=UTC) + timedelta(seconds=self.seconds)


@dataclass
class World:
    """Two copies of the directory, as two processes have them, and a tenant of one's own."""

    here: Directory
    there: Directory
    time: Time
    pool: Any
    tenant: str = field(default_factory=lambda: f"t{new_id()[:8]}")

    def soon(self) -> None:
        """Time enough that caches look again."""
        self.time.seconds += 5


@pytest.fixture(scope="module")
def migrated(module_database: str) -> str:
    assert asyncio.run(migrate_directory(module_database))
    assert asyncio.run(migrate_directory(module_database)) == []
    return module_database


async def migrate_directory(dsn: str) -> list[str]:
    pool = await connect(dsn, min_size=1, max_size=1)
    ran = await migrate(pool, COMPONENT, MIGRATIONS)
    await pool.close()
    return ran


async def world_on(dsn: str) -> World:
    time = Time()
    pool = await connect(dsn, min_size=0, max_size=4)
    copies = [Directory(pool, KEYRING, clock=time.utc, now=lambda: time.seconds) for _ in range(2)]
    made = World(copies[0], copies[1], time, pool)
    await made.here.tenants.create(tenant=made.tenant, name="A tenant")
    return made


@pytest.fixture
async def world(migrated: str) -> AsyncGenerator[World]:
    made = await world_on(migrated)
    yield made
    await made.here.close()


async def person(world: World, email: str = "ada@example.com", **over: Any) -> Any:
    fields = {"tenant": world.tenant, "email": email, "name": "Ada", "password": PASSWORD}
    return await world.here.people.create(**{**fields, **over})


async def key(world: World, owner: str = "agent", *abilities: Ability) -> Any:
    return await world.here.keys.create(
        tenant=world.tenant, owner=owner, abilities=abilities or (Ability.ASK,)
    )


async def test_a_key_proves_its_owner(world: World) -> None:
    issued = await key(world, "agent", Ability.ASK, Ability.READ)
    found = await world.there.keys.authenticate(issued.bearer)
    assert found == Principal(
        kind=ActorKind.AGENT,
        id="agent",
        tenant=world.tenant,
        name="agent",
        auth=Auth.API_KEY,
        abilities=(Ability.ASK, Ability.READ),
        key_id=issued.key.id,
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bearer: bearer[:-1] + ("0" if bearer[-1] != "0" else "1"),
        lambda bearer: bearer.upper(),
        lambda bearer: bearer + " ",
        lambda bearer: bearer + "\n",
        lambda bearer: bearer.replace("_", "-"),
        lambda bearer: "hr_" + "0" * 16 + bearer[19:],
        lambda bearer: bearer[3:],
        lambda bearer: "",
        lambda bearer: "hr_\u0660" + bearer[4:],
        lambda bearer: "x" * 1_000_000,
    ],
)
async def test_anything_but_the_key_proves_nothing(
    world: World, spoil: Callable[[str], str]
) -> None:
    issued = await key(world)
    assert await world.here.keys.authenticate(spoil(issued.bearer)) is None
    assert await world.here.keys.authenticate(issued.bearer) is not None


async def test_the_secret_of_one_key_does_not_fit_another(world: World) -> None:
    one, other = await key(world), await key(world)
    mixed = f"hr_{one.key.id}_{other.bearer.split('_')[2]}"
    assert await world.here.keys.authenticate(mixed) is None


async def test_a_revoked_key_is_refused_here_at_once_and_everywhere_in_five_seconds(
    world: World,
) -> None:
    issued = await key(world)
    assert await world.there.keys.authenticate(issued.bearer) is not None
    await world.here.keys.revoke(world.tenant, issued.key.id)
    assert await world.here.keys.authenticate(issued.bearer) is None
    world.soon()
    assert await world.there.keys.authenticate(issued.bearer) is None
    assert await world.there.keys.signer(issued.key.id) is None
    assert await world.there.callback_secrets(f"key:{issued.key.id}", world.tenant) == (
        issued.signing_secret,
    )


async def test_a_key_is_revoked_by_its_own_tenant_only(world: World) -> None:
    issued = await key(world)
    with pytest.raises(NotFound):
        await world.here.keys.revoke("other", issued.key.id)
    with pytest.raises(NotFound):
        await world.here.keys.rotate_signing_secret("other", issued.key.id)
    with pytest.raises(NotFound):
        await world.here.callback_secrets(f"key:{issued.key.id}", "other")
    assert await world.here.keys.authenticate(issued.bearer) is not None


async def test_while_a_signing_secret_rotates_both_sign_the_new_one_first(world: World) -> None:
    issued = await key(world)
    fresh = await world.here.keys.rotate_signing_secret(world.tenant, issued.key.id, 3600)
    ref = f"key:{issued.key.id}"
    both = (fresh, issued.signing_secret)
    assert await world.there.callback_secrets(ref, world.tenant) == both
    signer = await world.there.keys.signer(issued.key.id)
    assert signer is not None
    assert (signer.principal.id, signer.principal.auth, signer.secrets) == ("agent", "hmac", both)
    world.time.seconds += 3600
    assert await world.there.callback_secrets(ref, world.tenant) == (fresh,)


@pytest.mark.parametrize(
    "owner", ["", "a b", "x" * 101, "-a", "018f6d2e-8c2a-7d34-9b1c-5a1f0e6b7c99", "a\n"]
)
async def test_an_owner_is_a_name_that_no_person_could_have(world: World, owner: str) -> None:
    with pytest.raises(Invalid):
        await key(world, owner)


async def test_no_secret_stands_in_the_tables(world: World) -> None:
    issued = await key(world)
    await world.here.keys.rotate_signing_secret(world.tenant, issued.key.id)
    await person(world)
    await world.here.request_secrets.put(world.tenant, "r1", "whsec_canary")
    dump = ""
    for table in ("api_keys", "people", "request_secrets"):
        rows = await world.pool.fetch(f"SELECT t::text AS row FROM directory.{table} AS t")
        dump += "".join(row["row"] for row in rows)
    bytea = [issued.bearer.split("_")[2], issued.signing_secret, "whsec_canary"]
    shapes = [*bytea, *(text.encode().hex() for text in bytea), PASSWORD]
    assert [shape for shape in shapes if shape in dump] == []
    assert "$argon2id$" in dump


async def test_a_person_signs_in_with_the_right_password_only(world: World) -> None:
    ada = await person(world, roles=(Role.REVIEWER, Role.LEAD), teams=("ops",))
    people = world.there.people
    found = await people.authenticate("ADA@example.com", PASSWORD, world.tenant)
    assert found is not None
    assert (found.id, found.tenant, found.roles, found.teams) == (
        ada.id,
        world.tenant,
        ("reviewer", "lead"),
        ("ops",),
    )
    for email, password in [
        ("ada@example.com", PASSWORD + "x"),
        ("ada@example.com", ""),
        ("ada@example.com", "x" * 100_000),
        ("nobody@example.com", PASSWORD),
        ("%", PASSWORD),
    ]:
        assert await people.authenticate(email, password, world.tenant) is None
    assert await people.authenticate("ada@example.com", PASSWORD, "other") is None


async def test_without_a_tenant_an_address_must_mean_one_person(
    world: World, migrated: str
) -> None:
    other = await world_on(migrated)
    email = f"{new_id()}@example.com"
    ada = await person(world, email)
    same = await world.here.people.authenticate(email, PASSWORD)
    assert same is not None
    assert same.id == ada.id
    twin = await person(other, email, password="another password")
    second = await world.here.people.authenticate(email, "another password")
    assert second is not None
    assert second.id == twin.id
    await other.here.people.change(other.tenant, twin.id, password=PASSWORD)
    assert await world.here.people.authenticate(email, PASSWORD) is None
    await other.here.close()


async def test_a_person_without_password_or_not_active_does_not_sign_in(world: World) -> None:
    ada, ben = await person(world), await person(world, "ben@example.com", password=None)
    assert await world.here.people.authenticate(ben.email, "", world.tenant) is None
    await world.here.people.change(world.tenant, ada.id, is_active=False)
    assert await world.here.people.authenticate(ada.email, PASSWORD, world.tenant) is None


@pytest.mark.parametrize(
    "over",
    [
        {"email": "ada"},
        {"email": "a@b\nBcc: c@d.e"},
        {"email": "ADA@EXAMPLE.COM"},
        {"email": "x@y.z", "password": "short"},
        {"email": "x@y.z", "password": "x" * 201},
        {"email": "x@y.z", "tenant": "none"},
        {"email": "x@y.z", "name": "a\x00b"},
    ],
)
async def test_a_person_who_does_not_fit_is_refused(world: World, over: dict[str, Any]) -> None:
    await person(world)
    with pytest.raises(Invalid):
        await person(world, **over)


async def test_those_who_may_answer_are_found(world: World) -> None:
    ada = await person(world, roles=("reviewer:refund",))
    ben = await person(world, "ben@example.com", roles=("lead",), teams=("ops",))
    cleo = await person(world, "cleo@example.com", roles=("reviewer",))
    gone = await person(world, "gone@example.com", roles=("reviewer", "lead"), teams=("ops",))
    await world.here.people.change(world.tenant, gone.id, is_active=False)

    async def names(candidates: Candidates, kind: str = "refund") -> set[str]:
        found = await world.there.people.matching(
            world.tenant, candidates, kind=kind, principal_id=None
        )
        return {one.id for one in found}

    assert await names(Candidates()) == {ada.id, cleo.id}
    assert await names(Candidates(), "payout") == {cleo.id}
    assert await names(Candidates(teams=("ops",))) == {ben.id}
    assert await names(Candidates(roles=("lead",), people=(ada.id, gone.id))) == {ada.id, ben.id}


async def test_people_are_named_by_id_or_address(world: World) -> None:
    ada = await person(world)
    named = await world.here.people.named(
        world.tenant, ["Ada@Example.com", ada.id, "eve@example.com", "a\tb"]
    )
    assert named == {"Ada@Example.com": ada.id, ada.id: ada.id}
    assert await world.here.people.named("other", [ada.id]) == {}
    assert await world.here.people.get("other", ada.id) is None


async def test_a_token_brings_the_roles_of_now(world: World) -> None:
    ada = await person(world)
    token = world.here.sign_ins.issue(ada.principal(Auth.JWT))
    found = await world.there.sign_ins.authenticate(token)
    assert found is not None
    assert (found.id, found.roles, found.auth) == (ada.id, ("reviewer",), Auth.JWT)
    await world.here.people.change(world.tenant, ada.id, roles=(Role.ADMIN,))
    world.soon()
    promoted = await world.there.sign_ins.authenticate(token)
    assert promoted is not None
    assert promoted.roles == ("admin",)


async def test_a_person_who_is_not_active_any_more_is_out_within_five_seconds(
    world: World,
) -> None:
    ada = await person(world)
    token = world.here.sign_ins.issue(ada.principal(Auth.JWT), audience=SESSION)
    found = await world.there.sign_ins.authenticate(token, SESSION)
    assert found is not None
    assert found.auth is Auth.SESSION
    await world.here.people.change(world.tenant, ada.id, is_active=False)
    world.soon()
    assert await world.there.sign_ins.authenticate(token, SESSION) is None


async def test_a_token_taken_back_is_refused_everywhere_and_others_hold(world: World) -> None:
    ada = await person(world)
    principal = ada.principal(Auth.JWT)
    token, other = world.here.sign_ins.issue(principal), world.here.sign_ins.issue(principal)
    assert await world.there.sign_ins.authenticate(token) is not None
    await world.here.sign_ins.revoke(token)
    await world.here.sign_ins.revoke(token)
    await world.here.sign_ins.revoke("no token at all")
    assert await world.here.sign_ins.authenticate(token) is None
    world.soon()
    assert await world.there.sign_ins.authenticate(token) is None
    assert await world.there.sign_ins.authenticate(other) is not None


async def test_a_key_speaks_for_linked_people_of_its_tenant_only(world: World) -> None:
    ada, ben = await person(world), await person(world, "ben@example.com")
    links = world.here.links
    issued = await key(world, "shop", Ability.ACT_FOR)
    shop = issued.key.principal(Auth.API_KEY)
    assert await links.person_for(shop, ada.id) is None
    await links.create(tenant=world.tenant, owner="shop", person=ada.id)
    await links.create(tenant=world.tenant, owner="shop", person=ada.id)
    spoken = await links.person_for(shop, ada.id)
    assert spoken is not None
    assert (spoken.kind, spoken.id, spoken.via) == (ActorKind.PERSON, ada.id, issued.key.id)
    assert await links.person_for(shop, ben.id) is None
    without = (await key(world, "shop")).key.principal(Auth.API_KEY)
    assert await links.person_for(without, ada.id) is None
    with pytest.raises(NotFound):
        await links.create(tenant="other", owner="shop", person=ada.id)
    await links.remove(tenant=world.tenant, owner="shop", person=ada.id)
    assert await links.person_for(shop, ada.id) is None


KIND: dict[str, Any] = {
    "kind": "refund",
    "title": "Refund",
    "decisions": [{"name": "pay", "means": "approve"}, {"name": "refuse", "means": "reject"}],
    "form": {"properties": {"zebra": {"type": "string"}, "ant": {"type": "string"}}},
}


async def test_a_tenant_has_the_built_in_kinds_and_its_own(world: World) -> None:
    kinds = world.there.kinds
    assert (await kinds.get(world.tenant, "approval")).name == "approval"
    with pytest.raises(NotFound, match="known are approval"):
        await kinds.get(world.tenant, "refund")
    put = await world.here.kinds.put(world.tenant, "refund", KIND, "admin")
    world.soon()
    found = await kinds.get(world.tenant, "refund")
    assert found == put
    assert found.form is not None
    assert list(found.form["properties"]) == ["zebra", "ant"]
    assert "refund" in {kind.name for kind in await kinds.every(world.tenant)}
    with pytest.raises(NotFound):
        await kinds.get("other", "refund")


async def test_a_tenants_kind_stands_in_the_place_of_the_built_in_one(world: World) -> None:
    own = {**KIND, "kind": "approval", "title": "Ours"}
    await world.here.kinds.put(world.tenant, "approval", own, "admin")
    assert (await world.here.kinds.get(world.tenant, "approval")).title == "Ours"
    again = {**own, "title": "Ours again"}
    await world.here.kinds.put(world.tenant, "approval", again, "admin")
    world.soon()
    assert (await world.there.kinds.get(world.tenant, "approval")).title == "Ours again"
    assert (await world.there.kinds.get("other", "approval")).title == "Approval"


async def test_a_bad_kind_is_refused_with_every_flaw_by_its_pointer(world: World) -> None:
    bad = {**KIND, "decisions": [{"name": "pay", "means": "aprove"}], "quorum": 0}
    with pytest.raises(Invalid) as caught:
        await world.here.kinds.put(world.tenant, "refund", bad, "admin")
    assert {flaw.pointer for flaw in caught.value.flaws} == {"/decisions/0/means", "/quorum"}
    with pytest.raises(Invalid) as misnamed:
        await world.here.kinds.put(world.tenant, "payout", KIND, "admin")
    assert misnamed.value.flaws[0].pointer == "/kind"


def question(**fields: Any) -> Question:
    return validated(Question, {"title": "May I?", **fields})


async def test_a_question_is_opened_with_all_that_the_directory_knows(world: World) -> None:
    ada = await person(world)
    agent = (await key(world)).key.principal(Auth.API_KEY)
    asked = question(
        routing={"people": ["ada@example.com"]},
        callback_webhook="https://example.com/",
        callback_secret="hush hush",
    )
    command = await open_for(world.here, agent, asked, "r1")
    assert command.requester_id == "agent"
    assert command.policy.candidates == Candidates(people=(ada.id,))
    assert command.callback is not None
    ref = command.callback.secret_ref
    assert await world.there.callback_secrets(ref, world.tenant) == ("hush hush",)
    assert (await open_for(world.there, agent, asked, "r1")) == command
    for wrong in (ref[:-1], "request:r1", "request:r2:" + ref.split(":")[2], "", "key", "x:y"):
        with pytest.raises(NotFound):
            await world.here.callback_secrets(wrong, world.tenant)
    with pytest.raises(NotFound):
        await world.here.callback_secrets(ref, "other")


async def test_a_repeat_with_another_secret_is_another_question_and_spoils_nothing(
    world: World,
) -> None:
    agent = (await key(world)).key.principal(Auth.API_KEY)
    url = "https://example.com/"
    first = question(callback_webhook=url, callback_secret="first")
    other = question(callback_webhook=url, callback_secret="other")
    one = await open_for(world.here, agent, first, "r7")
    two = await open_for(world.here, agent, other, "r7")
    assert one.fingerprint != two.fingerprint
    assert one.callback is not None
    assert await world.here.callback_secrets(one.callback.secret_ref, world.tenant) == ("first",)


async def test_a_refused_question_leaves_no_secret_behind(world: World) -> None:
    agent = (await key(world)).key.principal(Auth.API_KEY)
    asked = question(
        type="unheard_of", callback_webhook="https://example.com/", callback_secret="hush"
    )
    with pytest.raises(Invalid) as caught:
        await open_for(world.here, agent, asked, "r8")
    assert caught.value.flaws[0].pointer == "/type"
    count = "SELECT count(*) FROM directory.request_secrets WHERE request_id = 'r8'"
    assert await world.pool.fetchval(count) == 0


async def test_a_person_who_asks_brings_a_secret_or_no_callback(world: World) -> None:
    ada = (await person(world)).principal(Auth.JWT)
    url = "https://example.com/"
    assert (await open_for(world.here, ada, question(), "r2")).callback is None
    with pytest.raises(Invalid):
        await open_for(world.here, ada, question(callback_webhook=url), "r3")
    asked = question(callback_webhook=url, callback_secret="hush")
    assert (await open_for(world.here, ada, asked, "r4")).callback is not None


async def test_tenants_and_teams_are_made_once(world: World) -> None:
    tenants = world.here.tenants
    with pytest.raises(Invalid):
        await tenants.create(tenant=world.tenant, name="again")
    with pytest.raises(Invalid):
        await tenants.create(tenant="No Such Id", name="x")
    await tenants.create_team(tenant=world.tenant, name="ad_operations")
    await tenants.create_team(tenant=world.tenant, name="ad_operations", title="Other")
    assert await tenants.teams(world.tenant) == {"ad_operations": "Ad operations"}
    with pytest.raises(Invalid):
        await tenants.create_team(tenant="none", name="x")
    assert await tenants.get("none") is None


async def test_while_postgres_is_away_known_credentials_serve_for_five_minutes(
    own_postgres: Callable[[], OwnPostgres],
) -> None:
    server = own_postgres()
    await migrate_directory(server.dsn)
    world = await world_on(server.dsn)
    issued, unknown = await key(world), await key(world)
    ada = await person(world)
    token = world.here.sign_ins.issue(ada.principal(Auth.JWT))
    agent = await world.here.keys.authenticate(issued.bearer)
    assert agent is not None
    assert await world.here.sign_ins.authenticate(token) is not None
    await open_for(world.here, agent, question(), "r1")

    server.kill()
    world.time.seconds = 240
    assert await world.here.keys.authenticate(issued.bearer) == agent
    assert await world.here.sign_ins.authenticate(token) is not None
    assert (await open_for(world.here, agent, question(), "r2")).kind == "approval"
    assert await world.here.callback_secrets(f"key:{issued.key.id}", world.tenant)
    with pytest.raises(Unavailable):
        await world.here.keys.authenticate(unknown.bearer)
    with pytest.raises(Unavailable):
        await world.here.people.authenticate(ada.email, PASSWORD)
    world.time.seconds = 301
    with pytest.raises(Unavailable):
        await world.here.keys.authenticate(issued.bearer)

    server.start()
    world.time.seconds = 310
    assert await world.here.keys.authenticate(issued.bearer) == agent
    await world.here.close()


async def test_a_directory_starts_while_postgres_is_away() -> None:
    pool = await connect("postgresql://nobody@127.0.0.1:1/none", min_size=0, max_size=1)
    away = Directory(pool, KEYRING)
    with pytest.raises(Unavailable):
        await away.keys.authenticate("hr_" + "0" * 16 + "_" + "0" * 64)
    await away.close()


async def test_a_password_hash_is_of_the_kind_that_takes_memory(world: World) -> None:
    ada = await person(world)
    row: asyncpg.Record = await world.pool.fetchrow(
        "SELECT hashed_password FROM directory.people WHERE id = $1", ada.id
    )
    assert row["hashed_password"].startswith("$argon2id$v=19$m=47104")
