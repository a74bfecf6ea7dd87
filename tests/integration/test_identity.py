"""Identity over REST: admins let people and keys in, see them off, and read who did what."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from api.identity.leaving import Leaving
from api.identity.lock_out import CREDENTIAL_FAILURES
from api.rest.documents.people import (
    AuditDocument,
    InvitationsDocument,
    IssuedKeyDocument,
    KeysDocument,
    PeopleDocument,
    PersonDocument,
    SentInvitationDocument,
    TeamsDocument,
)
from api.wiring import build
from kernel.clock import utc_now
from kernel.directory.principals import Ability, Role
from kernel.errors import Unavailable
from kernel.ids import new_id
from projections.inbox.queries import InboxQueries
from tests.support.eventually import eventually
from tests.support.front_door import ORIGIN, PASSWORD, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMINS = "/api/v1"


@pytest_asyncio.fixture(loop_scope="module")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def ada(house: House, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The one admin's client."""
    person = await house.person(desk.tenant, "ada", (Role.ADMIN,), password=PASSWORD)
    desk.people["ada"] = person
    async with house.client(house.token(person)) as client:
        client.base_url = httpx.URL(ORIGIN + ADMINS)
        yield client


async def me(house: House, bearer: str) -> httpx.Response:
    async with house.client(bearer) as client:
        return await client.get("/api/v1/me")


def pointers(answer: httpx.Response) -> list[str]:
    return [flaw["pointer"] for flaw in answer.json()["errors"]]


async def actions(ada: httpx.AsyncClient, **query: Any) -> list[str]:
    found = await ada.get("/audit", params={"limit": 200, **query})
    AuditDocument.model_validate(found.json())
    return [row["action"] for row in found.json()["items"]]


async def test_an_admin_adds_people_with_roles_and_teams_that_exist(
    ada: httpx.AsyncClient, desk: Desk
) -> None:
    wanted = {"email": "mia@x.test", "name": "Mia", "roles": ["reviewer:approval:acme"]}
    no_team = await ada.post("/people", json=wanted | {"teams": ["night"]})
    made_team = await ada.post("/teams", json={"name": "night", "title": "Night shift"})
    made = await ada.post("/people", json=wanted | {"teams": ["night"]})
    no_role = await ada.post("/people", json=wanted | {"email": "b@x.test", "roles": ["boss"]})
    again = await ada.post("/people", json=wanted | {"email": "MIA@x.test"})
    assert (made_team.status_code, made.status_code) == (201, 201), made.text
    PersonDocument.model_validate(made.json())
    assert made.json()["roles"] == ["reviewer:approval:acme"]
    assert (pointers(no_team), pointers(no_role), pointers(again)) == (
        ["/teams/0"],
        ["/roles/0"],
        ["/email"],
    )
    read = await ada.get(f"/people/{made.json()['id']}")
    assert read.json() == made.json()


async def test_people_are_listed_in_pages_and_only_ones_own(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    async with Desk.open(house) as stranger:
        seen: list[str] = []
        cursor = None
        while True:
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await ada.get("/people", params=query)).json()
            PeopleDocument.model_validate(page)
            seen += [person["id"] for person in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(person.id for person in desk.people.values())
        theirs = stranger.people["kim"].id
        assert (await ada.get(f"/people/{theirs}")).status_code == 404
        taken = await ada.patch(f"/people/{theirs}", json={"roles": ["admin"]})
        assert taken.status_code == 404
    assert (await ada.get("/people", params={"cursor": "nonsense"})).status_code == 422


async def test_changes_are_seen_in_what_a_person_may_do(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    kim = desk.people["kim"]
    changed = await ada.patch(f"/people/{kim.id}", json={"roles": ["analyst"], "name": "Kim K."})
    assert changed.json()["roles"] == ["analyst"]
    fresh = house.token(kim)
    assert (await me(house, fresh)).json()["roles"] == ["analyst"]
    assert (await me(house, fresh)).json()["name"] == "Kim K."


async def test_the_last_admin_stays(ada: httpx.AsyncClient, desk: Desk) -> None:
    self = f"/people/{desk.people['ada'].id}"
    for change in ({"roles": ["reviewer"]}, {"is_active": False}, {"roles": ["admin:approval"]}):
        refused = await ada.patch(self, json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")
    assert (await ada.get(self)).json()["is_active"] is True
    kim = desk.people["kim"]
    await ada.patch(f"/people/{kim.id}", json={"roles": ["admin"]})
    assert (await ada.patch(self, json={"roles": ["reviewer"]})).status_code == 200


async def test_of_two_admins_who_depose_each_other_one_is_left(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    bea = await house.person(desk.tenant, "bea", (Role.ADMIN,))
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )

    async def both_wait() -> bool:
        return await house.door.past.fetchval(waiting) >= 2

    async with house.client(house.token(bea)) as other:
        async with house.door.past.acquire() as connection, connection.transaction():
            # Both come to where they would change each other's row, and go on together.
            await connection.execute(
                "SELECT FROM directory.people WHERE tenant = $1 FOR UPDATE", desk.tenant
            )
            changes = [
                asyncio.create_task(ada.patch(f"/people/{bea.id}", json={"roles": ["reviewer"]})),
                asyncio.create_task(
                    other.patch(
                        f"/api/v1/people/{desk.people['ada'].id}", json={"roles": ["reviewer"]}
                    )
                ),
            ]
            await eventually(both_wait)
        answers = await asyncio.gather(*changes)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    people = await house.door.directory.people.every(desk.tenant)
    assert len([person for person in people if Role.ADMIN in person.roles]) == 1


async def test_who_is_no_admin_changes_nobody(desk: Desk) -> None:
    kim = desk.people["kim"]
    for client in (desk.kim, desk.lee, desk.agent):
        raised = await client.patch(f"/api/v1/people/{kim.id}", json={"roles": ["admin"]})
        made = await client.post("/api/v1/keys", json={"owner": "mine", "abilities": ["ask"]})
        assert (raised.status_code, made.status_code) == (403, 403)


async def test_a_key_that_acts_for_an_admin_can_not_raise_itself(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    app = {"owner": "apps.shop", "abilities": ["act_for"], "act_for": [desk.people["ada"].id]}
    bearer = (await ada.post("/keys", json=app)).json()["bearer"]
    acting = {"Handraise-Act-For": desk.people["ada"].id}
    async with house.client(bearer, **acting) as client:
        assert (await client.get("/api/v1/me")).json()["roles"] == ["admin"]
        more = await client.post("/api/v1/keys", json={"owner": "x", "abilities": ["ask"]})
        assert more.status_code == 403


async def test_teams_are_made_named_and_removed_when_empty(
    ada: httpx.AsyncClient, desk: Desk
) -> None:
    assert (await ada.post("/teams", json={"name": "t1", "title": "One"})).status_code == 201
    assert pointers(await ada.post("/teams", json={"name": "t1", "title": "Two"})) == ["/name"]
    assert (await ada.patch("/teams/t1", json={"title": "Uno"})).json()["title"] == "Uno"
    assert (await ada.patch("/teams/t2", json={"title": "Dos"})).status_code == 404
    await ada.patch(f"/people/{desk.people['kim'].id}", json={"teams": ["t1"]})
    assert pointers(await ada.delete("/teams/t1")) == ["/name"]
    listed = (await ada.get("/teams")).json()
    TeamsDocument.model_validate(listed)
    assert listed["items"] == [{"name": "t1", "title": "Uno"}]
    await ada.patch(f"/people/{desk.people['kim'].id}", json={"teams": []})
    assert (await ada.delete("/teams/t1")).status_code == 200
    assert (await ada.delete("/teams/t1")).status_code == 404


async def test_a_keys_secrets_are_shown_once_and_do_what_they_say(
    ada: httpx.AsyncClient, house: House
) -> None:
    made = await ada.post("/keys", json={"owner": "agents.new", "abilities": ["ask", "read"]})
    IssuedKeyDocument.model_validate(made.json())
    key = made.json()
    assert (await me(house, key["bearer"])).json()["abilities"] == ["ask", "read"]
    listed = await ada.get("/keys")
    KeysDocument.model_validate(listed.json())
    assert key["id"] in {one["id"] for one in listed.json()["items"]}
    for secret in (key["bearer"].split("_")[2], key["signing_secret"]):
        assert secret not in listed.text
        assert secret not in (await ada.get("/audit")).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": "two words", "abilities": []},
        {"owner": new_id(), "abilities": []},
        {"owner": "a", "abilities": ["everything"]},
        {"owner": "a", "abilities": [], "act_for": ["nobody"]},
        {"owner": "a"},
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(
    ada: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    assert (await ada.post("/keys", json=wrong)).status_code == 422


async def test_a_rotated_key_leaves_time_to_change_over(
    ada: httpx.AsyncClient, house: House
) -> None:
    old = (await ada.post("/keys", json={"owner": "agents.a", "abilities": ["read"]})).json()
    kept = await ada.post(f"/keys/{old['id']}/rotate", json={"keep_seconds": 3600})
    new = kept.json()
    assert (new["owner"], new["rotated_from"]) == ("agents.a", old["id"])
    assert (await me(house, new["bearer"])).json()["id"] == "agents.a"
    assert (await me(house, old["bearer"])).status_code == 200
    last = (await ada.post(f"/keys/{new['id']}/rotate", json={"keep_seconds": 0})).json()
    assert (await me(house, new["bearer"])).status_code == 401
    assert (await me(house, last["bearer"])).status_code == 200
    assert (await ada.post(f"/keys/{new['id']}/rotate", json={})).status_code == 404


async def test_a_revoked_key_is_refused_by_another_process_too(
    ada: httpx.AsyncClient, house: House
) -> None:
    key = (await ada.post("/keys", json={"owner": "agents.b", "abilities": ["read"]})).json()
    other, _, _ = await build(house.settings)
    try:
        assert await other.directory.keys.authenticate(key["bearer"]) is not None
        revoked = await ada.delete(f"/keys/{key['id']}")
        assert revoked.json()["revoked_at"] is not None
        assert (await me(house, key["bearer"])).status_code == 401

        async def refused() -> bool:
            return await other.directory.keys.authenticate(key["bearer"]) is None

        await eventually(refused)
    finally:
        await other.close()


async def test_whom_a_key_acts_for_can_be_changed(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    kim, lou = desk.people["kim"].id, desk.people["lou"].id
    asked = {"owner": "apps.x", "abilities": ["act_for"], "act_for": [kim]}
    key = (await ada.post("/keys", json=asked)).json()
    changed = await ada.put(f"/keys/{key['id']}/act-for", json={"people": [lou]})
    assert changed.json()["act_for"] == [lou]
    for person, status in ((kim, 403), (lou, 200)):
        async with house.client(key["bearer"], **{"Handraise-Act-For": person}) as client:
            assert (await client.get("/api/v1/me")).status_code == status


async def test_who_is_deactivated_is_out_at_once_and_for_good(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    kim = desk.people["kim"]
    token = house.token(kim)
    assert (await me(house, token)).status_code == 200
    other, _, _ = await build(house.settings)
    try:
        assert await other.directory.sign_ins.authenticate(token) is not None
        await ada.patch(f"/people/{kim.id}", json={"is_active": False})

        async def out() -> bool:
            return await other.directory.sign_ins.authenticate(token) is None

        await eventually(out)
    finally:
        await other.close()


async def departed(house: House, desk: Desk, **over: Any) -> Leaving:
    """A worker that does not wait for others to know that somebody left."""
    inbox = InboxQueries(house.door.past, cursor_key=bytes(32))
    return Leaving(
        house.door.directory,
        inbox,
        house.door.commands,
        house.door.log_ends,
        utc_now,
        settled=timedelta(0),
        **over,
    )


async def test_what_a_deactivated_person_held_is_given_back_with_its_reason(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    kim, lou = desk.people["kim"], desk.people["lou"]
    claimed, assigned, others = [await desk.ask() for _ in range(3)]
    await desk.kim.post(f"/api/v1/requests/{claimed['id']}/claim")
    to_kim = {"assignee": {"person": kim.id}}
    await desk.lee.post(f"/api/v1/requests/{assigned['id']}/assign", json=to_kim)
    taken = await desk.lou.post(f"/api/v1/requests/{others['id']}/claim")
    for one in (claimed, assigned):
        await desk.read(one["id"], min_version=2)
    await desk.read(others["id"], min_version=taken.json()["version"])
    await ada.patch(f"/people/{kim.id}", json={"is_active": False})
    worker = await departed(house, desk)

    async def free() -> bool:
        await worker.work_off_one()
        held = [(await desk.read(one["id"]))["assigned_to"] for one in (claimed, assigned)]
        return held == [None, None]

    await eventually(free)
    assert (await desk.read(others["id"]))["assigned_to"] == {"person": lou.id, "team": None}
    for one in (claimed, assigned):
        history = (await desk.agent.get(f"/api/v1/requests/{one['id']}/history")).json()["items"]
        (released,) = [event for event in history if event["event"] == "Released"]
        assert released["data"] == {
            "from_person": kim.id,
            "reason": "Kim is not here any more",
        }
        assert released["actor"]["id"] == desk.people["ada"].id


async def test_a_departure_outlives_the_worker_that_took_it(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    opened = await desk.ask()
    claimed = await desk.kim.post(f"/api/v1/requests/{opened['id']}/claim")
    await desk.read(opened["id"], min_version=claimed.json()["version"])
    past = house.door.past
    await ada.patch(f"/people/{desk.people['kim'].id}", json={"is_active": False})
    # As a worker that died left it: taken, nothing done, and its time over.
    await past.execute(
        "UPDATE directory.departures SET attempts = 1, due_at = clock_timestamp()"
        " WHERE tenant = $1",
        desk.tenant,
    )
    worker = await departed(house, desk)

    async def done() -> bool:
        await worker.work_off_one()
        return await past.fetchval(
            "SELECT done_at IS NOT NULL FROM directory.departures WHERE tenant = $1", desk.tenant
        )

    await eventually(done)
    assert (await desk.read(opened["id"]))["assigned_to"] is None


async def test_a_departure_waits_while_the_inbox_can_not_be_read(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    await ada.patch(f"/people/{desk.people['kim'].id}", json={"is_active": False})
    closed = await asyncpg.create_pool(house.settings.pg_dsn, min_size=0)
    await closed.close()
    worker = Leaving(
        house.door.directory,
        InboxQueries(closed, cursor_key=bytes(32)),
        house.door.commands,
        house.door.log_ends,
        utc_now,
    )

    async def waits() -> bool:
        # The front door's own worker may have taken it first.
        await house.door.past.execute(
            "UPDATE directory.departures SET due_at = clock_timestamp() WHERE tenant = $1",
            desk.tenant,
        )
        try:
            return await worker.work_off_one() and False
        except Unavailable:
            return True

    await eventually(waits)


def token_in(link: str) -> str:
    return link.rpartition("/")[2]


async def spend(house: House, link: str, **fields: str) -> httpx.Response:
    """The form of an invitation's page, filled in and sent."""
    path = link.removeprefix(ORIGIN)
    async with house.client() as browser:
        shown = await browser.get(path)
        if shown.status_code != 200:
            return shown
        csrf = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert csrf is not None
        sent = {"csrf": csrf[1], "name": "Nia", "password": PASSWORD, "again": PASSWORD} | fields
        return await browser.post(path, data=sent, headers={"Origin": ORIGIN})


async def signed_in(
    house: House, email: str, password: str, address: str | None = None
) -> httpx.Response:
    """A try to sign in; from an address of its own, unless one is given."""
    async with house.client(address=address or new_id()) as client:
        return await client.post("/api/v1/auth/token", json={"email": email, "password": password})


async def test_who_is_invited_joins_by_the_link_once(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    email = f"nia@{desk.tenant}.test"
    sent = await ada.post("/invitations", json={"email": email, "roles": ["lead"]})
    assert sent.status_code == 201, sent.text
    SentInvitationDocument.model_validate(sent.json())
    link = sent.json()["link"]
    listed = await ada.get("/invitations")
    InvitationsDocument.model_validate(listed.json())
    assert token_in(link) not in listed.text
    for _ in range(3):
        async with house.client() as browser:
            for method in ("GET", "HEAD"):
                assert (await browser.request(method, link.removeprefix(ORIGIN))).status_code in {
                    200,
                    405,
                }
    short = await spend(house, link, password="short", again="short")
    unlike = await spend(house, link, again=PASSWORD + "!")
    assert (short.status_code, unlike.status_code) == (422, 422)
    assert (await spend(house, link)).status_code == 303
    assert (await spend(house, link)).status_code == 404
    came = await signed_in(house, email, PASSWORD)
    who = (await me(house, came.json()["access_token"])).json()
    assert (who["name"], who["roles"]) == ("Nia", ["lead"])
    assert (await ada.get("/invitations")).json()["items"] == []


async def test_a_link_spent_by_two_at_once_lets_in_one(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    sent = (await ada.post("/invitations", json={"email": f"one@{desk.tenant}.test"})).json()
    answers = await asyncio.gather(*(spend(house, sent["link"]) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]


async def test_links_that_are_withdrawn_replaced_or_too_old_do_not_work(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    wanted = {"email": f"old@{desk.tenant}.test"}
    first = (await ada.post("/invitations", json=wanted)).json()
    second = (await ada.post("/invitations", json=wanted)).json()
    assert (await spend(house, first["link"])).status_code == 404
    assert (await ada.delete(f"/invitations/{second['id']}")).status_code == 200
    assert (await ada.delete(f"/invitations/{second['id']}")).status_code == 404
    assert (await spend(house, second["link"])).status_code == 404
    third = (await ada.post("/invitations", json=wanted)).json()
    await house.door.past.execute(
        "UPDATE directory.invitations SET expires_at = now() - interval '1 second' WHERE id = $1",
        third["id"],
    )
    assert (await spend(house, third["link"])).status_code == 404
    assert (await spend(house, ORIGIN + "/invitations/" + "x" * 43)).status_code == 404


async def test_a_link_sets_a_new_password_and_ends_the_sessions_of_the_old(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    zoe = await house.person(desk.tenant, "zoe", password=PASSWORD)
    held = await signed_in(house, zoe.email, PASSWORD)
    sent = await ada.post(f"/people/{zoe.id}/reset", json={})
    assert sent.json()["purpose"] == "password"
    new = "a new password for zoe"
    # A token is of a whole second: the one from before must be from an earlier one.
    await house.door.past.execute(
        "UPDATE directory.people SET tokens_from = now() WHERE id = $1", zoe.id
    )
    assert (await spend(house, sent.json()["link"], password=new, again=new)).status_code == 303
    await house.door.past.execute(
        "UPDATE directory.people SET tokens_from = tokens_from + interval '1 second' WHERE id = $1",
        zoe.id,
    )
    assert (await signed_in(house, zoe.email, PASSWORD)).status_code == 401

    async def out() -> bool:
        return (await me(house, held.json()["access_token"])).status_code == 401

    await eventually(out)


async def test_people_change_their_own_password(desk: Desk, house: House) -> None:
    uma = await house.person(desk.tenant, "uma", password=PASSWORD)
    async with house.client(house.token(uma)) as client:
        new = "quite another password"
        path = "/api/v1/me/password"
        wrong = await client.put(path, json={"password": "not it at all", "new_password": new})
        short = await client.put(path, json={"password": PASSWORD, "new_password": "short"})
        done = await client.put(path, json={"password": PASSWORD, "new_password": new})
    assert (pointers(wrong), pointers(short)) == (["/password"], ["/password"])
    assert done.status_code == 200, done.text
    assert (await signed_in(house, uma.email, PASSWORD)).status_code == 401
    assert (await signed_in(house, uma.email, new)).status_code == 200


async def test_the_audit_tells_who_did_what_to_whom_and_who_was_not_let_in(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    kim = desk.people["kim"]
    await ada.patch(f"/people/{kim.id}", json={"roles": ["lead"]})
    key = (await ada.post("/keys", json={"owner": "agents.c", "abilities": []})).json()
    await ada.delete(f"/keys/{key['id']}")
    vic = await house.person(desk.tenant, "vic", password=PASSWORD)
    await signed_in(house, vic.email, "a wrong password", "192.0.2.7")
    await signed_in(house, vic.email, PASSWORD, "192.0.2.7")
    assert await actions(ada, subject=kim.id) == ["person_changed"]
    assert await actions(ada, subject=key["id"]) == ["key_revoked", "key_created"]
    signs = (await ada.get("/audit", params={"subject": vic.id})).json()["items"]
    assert [(row["action"], row["outcome"]) for row in signs] == [
        ("sign_in", "done"),
        ("sign_in", "refused"),
    ]
    assert {row["address"] for row in signs} == {"192.0.2.7"}
    assert PASSWORD not in str(signs)


async def test_the_audit_comes_in_pages_and_no_other_tenants(
    ada: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    for number in range(5):
        await ada.post("/teams", json={"name": f"t{number}", "title": "A team"})
    async with Desk.open(house) as stranger:
        eve = await house.person(stranger.tenant, "eve", (Role.ADMIN,))
        async with house.client(house.token(eve)) as theirs:
            assert (await theirs.get("/api/v1/audit")).json()["items"] == []
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "action": "team_created"}
    while True:
        page = (await ada.get("/audit", params=query)).json()
        seen += [row["subject"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == ["t4", "t3", "t2", "t1", "t0"]


async def test_a_change_that_fails_leaves_no_trace_in_the_audit(ada: httpx.AsyncClient) -> None:
    await ada.patch("/teams/nowhere", json={"title": "x"})
    await ada.post("/teams", json={"name": "a b", "title": "x"})
    assert await actions(ada) == []


async def test_guessing_is_locked_out_in_every_process_and_after_a_restart(
    desk: Desk, house: House
) -> None:
    sol = await house.person(desk.tenant, "sol", password=PASSWORD)
    for _ in range(10):
        assert (await signed_in(house, sol.email, "a wrong guess")).status_code == 401
    other, _, _ = await build(house.settings)
    try:
        with pytest.raises(Exception, match="Too many failed attempts") as locked:
            await other.lock_out.check(f"email {sol.email}")
        assert 0 < getattr(locked.value, "retry_after_seconds", 0) <= 301
    finally:
        await other.close()
    right = await signed_in(house, sol.email, PASSWORD)
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0


async def test_credentials_that_do_not_hold_are_kept_waiting_and_good_ones_never(
    desk: Desk, house: House
) -> None:
    key = await house.key(desk.tenant, abilities=(Ability.READ,))
    for _ in range(CREDENTIAL_FAILURES - 1):
        await house.door.lock_out.false_credential("198.51.100.7")
    async with house.client(address="198.51.100.7") as client:
        false = {"Authorization": "Bearer hr_0011223344556677_" + "0" * 64}
        answers = [await client.get("/api/v1/me", headers=false) for _ in range(3)]
        good = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert good.status_code == 200
