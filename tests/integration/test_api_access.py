"""Who gets through the front door: every endpoint for every kind of caller."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.app import all_routes
from api.rest.documents.directory import KindDocument, KindsDocument, MeDocument, TokenDocument
from api.rest.documents.problems import ProblemDocument
from api.rest.examples.directory import KIND
from kernel.directory.principals import Ability, Role
from kernel.ids import new_id
from tests.support.begun import begun
from tests.support.front_door import PASSWORD, SEED, Desk, House

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROUTES = [route for route in all_routes() if isinstance(route, APIRoute) and route.dependencies]
ENDPOINTS = [(min(route.methods or ()), route.path, route) for route in ROUTES]
OF_REQUESTS = [(m, p) for m, p, _ in ENDPOINTS if "{request_id}" in p]


def body_for(route: APIRoute) -> dict[str, Any]:
    """What a client sends along: JSON, or a file."""
    declared = (route.openapi_extra or {}).get("requestBody", {"content": {}})["content"]
    if "application/json" in declared:
        return {"json": declared["application/json"]["example"]}
    if declared:
        return {"content": b"words", "headers": {"content-type": "text/plain"}}
    return {}


def address_of(path: str, request_id: str) -> str:
    names = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    return path.format(**{**dict.fromkeys(names, request_id), "kind": "approval"})


async def statuses(house: House, bearer: str | None, **headers: str) -> dict[str, int]:
    """What every endpoint answers, to callers from an address each: none is locked out."""
    found: dict[str, int] = {}
    for method, path, route in ENDPOINTS:
        async with house.client(bearer, address=new_id(), **headers) as client:
            if path.endswith("/stream"):
                found[f"{method} {path}"] = await begun(house, path, client)
                continue
            address = address_of(path, new_id())
            query = {"timeout_seconds": 0} if path.endswith("/wait") else None
            answer = await client.request(method, address, params=query, **body_for(route))
            found[f"{method} {path}"] = answer.status_code
    return found


async def test_without_a_credential_that_holds_nobody_gets_in(desk: Desk, house: House) -> None:
    key = await house.key(desk.tenant)
    disabled = await house.person(desk.tenant, "gone")
    await house.door.directory.people.change(desk.tenant, disabled.id, is_active=False)
    for bearer in (
        None,
        "hr_0011223344556677_" + "0" * 64,
        key[:-1] + ("0" if key[-1] != "0" else "1"),
        "eyJhbGciOiJub25lIn0.e30.",
        house.token(disabled),
    ):
        assert set((await statuses(house, bearer)).values()) == {401}


async def test_a_revoked_key_is_nobodys(desk: Desk, house: House) -> None:
    key = await house.key(desk.tenant, "agents.old")
    await house.door.directory.keys.revoke(desk.tenant, key.split("_")[1])
    assert set((await statuses(house, key)).values()) == {401}


async def test_a_credential_in_the_address_is_no_credential(desk: Desk, house: House) -> None:
    key = await house.key(desk.tenant)
    async with house.client() as client:
        for name in ("access_token", "api_key", "token"):
            answer = await client.get("/api/v1/me", params={name: key})
            assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path"), OF_REQUESTS)
async def test_another_tenants_request_is_like_one_that_never_was(
    desk: Desk, house: House, method: str, path: str
) -> None:
    async with Desk.open(house) as stranger:
        theirs = (await desk.ask())["id"]
        await desk.read(theirs)
        route = next(r for m, p, r in ENDPOINTS if (m, p) == (method, path))
        for client in (stranger.agent, stranger.lee):
            answers: list[tuple[int, str]] = []
            for request_id in (theirs, new_id()):
                address = address_of(path, request_id)
                answer = await client.request(method, address, **body_for(route))
                answers.append((answer.status_code, answer.text.replace(request_id, "ID")))
            assert answers[0] == answers[1]
            # 422 where the body names somebody whom the stranger's tenant has not.
            assert answers[0][0] in {404, 403, 422}


async def test_a_list_holds_nothing_of_other_tenants(desk: Desk, house: House) -> None:
    await desk.ask(principal_id="acme", title="Secret plan")
    async with Desk.open(house) as stranger:
        for query in (
            {},
            {"principal_id": "acme"},
            {"q": "secret"},
            {"requester": "agents.review"},
        ):
            answer = await stranger.agent.get("/api/v1/requests", params=query)
            assert answer.json()["items"] == []
            assert answer.json()["counts"]["total"] == 0
        mine = await desk.agent.get("/api/v1/requests", params={"limit": 1})
        cursor = mine.json()["next_cursor"]
        if cursor is not None:
            stolen = await stranger.agent.get("/api/v1/requests", params={"cursor": cursor})
            assert stolen.status_code == 422


async def test_no_read_changes_anything(desk: Desk) -> None:
    opened = await desk.ask()
    before = await desk.read(opened["id"])
    for client in (desk.agent, desk.kim):
        for method in ("GET", "HEAD", "OPTIONS"):
            for verb in (
                "",
                "/respond",
                "/claim",
                "/cancel",
                "/history",
                "/wait?timeout_seconds=0",
            ):
                address = f"/api/v1/requests/{opened['id']}{verb}"
                headers = {"X-HTTP-Method-Override": "POST"}
                await client.request(method, address, headers=headers)
    assert await desk.read(opened["id"]) == before


async def test_no_key_answers_and_the_asker_does_not_answer_themselves(desk: Desk) -> None:
    opened = await desk.ask()
    by_key = await desk.agent.post(
        f"/api/v1/requests/{opened['id']}/respond", json={"decision": "approve"}
    )
    assert (by_key.status_code, by_key.json()["code"]) == (403, "not_allowed")
    asked = await desk.lee.post(
        "/api/v1/requests", json={"title": "May I?", "callback_webhook": None}
    )
    assert asked.status_code == 201, asked.text
    by_asker = await desk.lee.post(
        f"/api/v1/requests/{asked.json()['id']}/respond", json={"decision": "approve"}
    )
    assert (by_asker.status_code, by_asker.json()["code"]) == (403, "not_allowed")


async def test_a_key_answers_for_a_person_it_is_linked_to_and_no_other(
    desk: Desk, house: House
) -> None:
    kim, lou = desk.people["kim"], desk.people["lou"]
    app = "apps.shop"
    await house.door.directory.links.create(tenant=desk.tenant, owner=app, person=kim.id)
    key = await house.key(desk.tenant, app, (Ability.ACT_FOR,))
    opened = await desk.ask()
    path = f"/api/v1/requests/{opened['id']}/respond"
    async with house.client(key, **{"Handraise-Act-For": lou.id}) as client:
        assert (await client.post(path, json={"decision": "approve"})).status_code == 403
    async with house.client(key, **{"Handraise-Act-For": kim.id}) as client:
        answered = await client.post(path, json={"decision": "approve"})
    assert answered.json()["response"]["responder_id"] == kim.id


async def test_people_sign_in_and_are_told_who_they_are(desk: Desk, house: House) -> None:
    person = await house.person(desk.tenant, "mia", password=PASSWORD)
    async with house.client() as client:
        credentials = {"email": person.email, "password": PASSWORD}
        signed_in = await client.post("/api/v1/auth/token", json=credentials)
        TokenDocument.model_validate(signed_in.json())
        wrong = await client.post(
            "/api/v1/auth/token", json=credentials | {"password": "not the password"}
        )
        nobody = await client.post(
            "/api/v1/auth/token", json=credentials | {"email": "nobody@nowhere.test"}
        )
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.json()["detail"] == nobody.json()["detail"]
    async with house.client(signed_in.json()["access_token"]) as client:
        me = await client.get("/api/v1/me")
    MeDocument.model_validate(me.json())
    assert (me.json()["id"], me.json()["roles"]) == (person.id, ["reviewer"])


async def test_admins_define_kinds_that_questions_then_follow(desk: Desk, house: House) -> None:
    admin = await house.person(desk.tenant, "ada", (Role.ADMIN,))
    definition = KIND["definition"]
    async with house.client(house.token(admin)) as client:
        bad = await client.put("/api/v1/kinds/refund", json={"kind": "refund"})
        made = await client.put("/api/v1/kinds/refund", json=definition)
    assert (bad.status_code, made.status_code) == (422, 200), made.text
    KindDocument.model_validate(made.json())
    kinds = await desk.agent.get("/api/v1/kinds")
    KindsDocument.model_validate(kinds.json())
    assert {"refund", "approval"} <= {kind["name"] for kind in kinds.json()["items"]}
    assert (await desk.agent.get("/api/v1/kinds/nothing")).status_code == 404
    opened = await desk.ask(type="refund")
    assert (await desk.read(opened["id"]))["type"] == "refund"
    unknown = await desk.agent.post("/api/v1/requests", json=SEED | {"type": "nothing"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/type")


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{" + b" " * 300_000 + b"}", {}, 413),
        (b"x" * 100, {"Content-Encoding": "gzip"}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"[" * 100_000, {}, 422),
        (b"[]", {}, 422),
        (b'{"title": "a", "title": "b"}', {}, 422),
        (b'{"title": "\\u0000"}', {}, 422),
        (b'{"title": "\\ud800"}', {}, 422),
        (b'{"title": NaN}', {}, 422),
        (b'{"title": "a", "timeout_minutes": 1e18}', {}, 422),
        (b'{"title": "a", "timeout_minutes": ' + b"9" * 5000 + b"}", {}, 422),
        (b'{"title": "a", "state": "completed"}', {}, 422),
        (b"{}", {"Idempotency-Key": "a, b"}, 422),
        (b"{}", {"X-Filler": "x" * 40_000}, 431),
    ],
)
async def test_a_body_that_could_choke_us_is_refused_as_a_problem(
    desk: Desk, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await desk.agent.post(
        "/api/v1/requests",
        content=content,
        headers={"Content-Type": "application/json"} | headers,
    )
    assert answer.status_code == status, answer.text
    ProblemDocument.model_validate(answer.json())
