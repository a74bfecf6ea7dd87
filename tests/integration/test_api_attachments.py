"""Files are put in, named, given out as what they are, and removed when nobody names them."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

import api.attaching
from api.rest.documents.requests import UploadedDocument
from kernel.blobs.postgres import PIECE_BYTES
from kernel.directory.attachments import KEPT_UNUSED
from kernel.directory.principals import Ability
from kernel.ids import new_id
from tests.support.front_door import Desk, House, front_door
from tests.support.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/v1/attachments"
MAX = 3 * PIECE_BYTES
TEXT = "Grüße, 世界\n".encode() * 9
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(kafka: str, module_database: str, module_topic_prefix: str) -> AsyncIterator[House]:
    async with front_door(
        kafka, module_database, module_topic_prefix, attachment_max_bytes=MAX
    ) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(house: House) -> AsyncIterator[Served]:
    async with served(house) as made:
        yield made


async def put(
    client: httpx.AsyncClient, data: bytes = TEXT, kind: str = "text/plain", name: str = "notes.txt"
) -> dict[str, Any]:
    put = await client.post(
        PATH, content=data, params={"name": name}, headers={"content-type": kind}
    )
    assert put.status_code == 201, put.text
    UploadedDocument.model_validate(put.json())
    return put.json()


@pytest.mark.parametrize(
    ("data", "kind"), [(TEXT, "text/plain"), (PNG, "image/png"), (b"x" * MAX, "text/plain")]
)
async def test_a_file_comes_out_as_it_went_in(desk: Desk, data: bytes, kind: str) -> None:
    file = await put(desk.agent, data, kind)
    assert file["sha256"] == hashlib.sha256(data).hexdigest()
    assert (file["size"], file["type"]) == (len(data), kind)
    got = await desk.kim.get(f"{PATH}/{file['id']}")
    assert (got.status_code, got.content) == (200, data)
    assert got.headers["content-type"] == kind
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers.get_list("content-security-policy") == ["default-src 'none'; sandbox"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("report.pdf", "filename=\"report.pdf\"; filename*=UTF-8''report.pdf"),
        ("../../etc/passwd", "filename=\".._.._etc_passwd\"; filename*=UTF-8''.._.._etc_passwd"),
        ('a"; x="b', "filename=\"a__ x__b\"; filename*=UTF-8''a%22%3B%20x%3D%22b"),
        ("Grüße.txt", "filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"),
    ],
)
async def test_a_file_is_saved_under_its_name_and_nowhere_else(
    desk: Desk, name: str, told: str
) -> None:
    file = await put(desk.agent, name=name)
    got = await desk.agent.get(f"{PATH}/{file['id']}")
    assert got.headers["content-disposition"] == f"attachment; {told}"


@pytest.mark.parametrize("name", ["", "a\nb", "a\x00b", " ", "x" * 256])
async def test_a_name_that_is_none_is_refused(desk: Desk, name: str) -> None:
    refused = await desk.agent.post(
        PATH, content=TEXT, params={"name": name}, headers={"content-type": "text/plain"}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<html>", "text/html"),
        (b"<svg/>", "image/svg+xml"),
        (b"x", "application/octet-stream"),
        (b"x", ""),
        (b"<script>", "image/png"),
        (PNG, "text/plain"),
        (b"MZ\x90", "application/pdf"),
        (b"\xff\xfe", "text/plain"),
    ],
)
async def test_what_a_file_is_said_to_be_must_be_allowed_and_true(
    desk: Desk, data: bytes, kind: str
) -> None:
    refused = await desk.agent.post(PATH, content=data, headers={"content-type": kind})
    assert (refused.status_code, refused.json()["code"]) == (415, "media_type")
    left = await desk.house.door.past.fetchval(
        "SELECT count(*) FROM blobs.piece AS p WHERE NOT"
        " EXISTS (SELECT FROM directory.attachments AS a WHERE a.id = p.key)"
    )
    assert left == 0


async def test_a_file_that_is_empty_or_too_long_is_refused_and_leaves_nothing(desk: Desk) -> None:
    async def rows() -> Any:
        return await desk.house.door.past.fetchval(
            "SELECT (SELECT count(*) FROM directory.attachments)"
            " + (SELECT count(*) FROM blobs.piece)"
        )

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 65536

    before = await rows()
    headers = {"content-type": "text/plain"}
    assert (await desk.agent.post(PATH, content=b"", headers=headers)).status_code == 422
    long = await desk.agent.post(PATH, content=b"x" * (MAX + 1), headers=headers)
    assert (long.status_code, long.json()["code"]) == (413, "body_too_large")
    assert (await desk.agent.post(PATH, content=endless(), headers=headers)).status_code == 413
    assert await rows() == before


async def test_a_file_that_does_not_come_is_not_waited_for(
    house: House, place: Served, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.attaching, "UPLOAD_SECONDS", 0.2)
    key = await house.key(desk.tenant)
    answer = await place.said(
        f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        "content-type: text/plain\r\ncontent-length: 100\r\n\r\nabc".encode()
    )
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_files_are_the_tenants_own(desk: Desk) -> None:
    file = await put(desk.agent)
    async with Desk.open(desk.house) as other:
        stolen = await other.agent.get(f"{PATH}/{file['id']}")
        missing = await other.agent.get(f"{PATH}/{new_id()}")
        assert stolen.status_code == missing.status_code == 404
        assert stolen.json()["detail"] == missing.json()["detail"]
        named = await other.agent.post(
            "/api/v1/requests", json={"title": "?", "attachments": [file["id"]]}
        )
        assert named.status_code == 422
        assert named.json()["errors"][0]["pointer"] == "/attachments/0"


async def test_who_may_neither_ask_nor_answer_puts_nothing_in(house: House, desk: Desk) -> None:
    async with house.client(await house.key(desk.tenant, "reads", (Ability.READ,))) as reader:
        refused = await reader.post(PATH, content=TEXT, headers={"content-type": "text/plain"})
        assert refused.status_code == 403
    async with house.client() as nobody:
        assert (await nobody.get(f"{PATH}/{new_id()}")).status_code == 401


async def test_a_file_goes_along_with_question_answer_comment_and_revision(desk: Desk) -> None:
    files = [(await put(desk.agent, name=f"{n}.txt"))["id"] for n in range(4)]
    opened = await desk.ask(type="code_review", attachments=[files[0]])
    bare = await desk.ask(type="code_review")
    assert opened["content_hash"] != bare["content_hash"]
    path = f"/api/v1/requests/{opened['id']}"
    found = await desk.read(opened["id"])
    assert [(file["id"], file["name"]) for file in found["attachments"]] == [(files[0], "0.txt")]
    said = await desk.kim.post(
        f"{path}/comment", json={"text": "See", "attachments": [{"id": files[1], "name": "x"}]}
    )
    assert said.status_code == 200, said.text
    await desk.kim.post(f"{path}/respond", json={"decision": "request_changes", "comment": "x"})
    revised = await desk.agent.post(f"{path}/revise", json={"attachments": [files[2]]})
    assert revised.status_code == 200, revised.text
    answered = await desk.kim.post(
        f"{path}/respond", json={"decision": "approve", "attachments": [files[3]]}
    )
    assert answered.status_code == 200, answered.text
    closed = await desk.read(opened["id"], min_version=answered.json()["version"])
    assert [file["id"] for file in closed["attachments"]] == [files[2]]
    assert [file["id"] for file in closed["response"]["attachments"]] == [files[3]]


@pytest.mark.parametrize("what", ["comment", "respond", "revise"])
async def test_a_file_that_is_not_there_is_named_nowhere(desk: Desk, what: str) -> None:
    opened = await desk.ask(type="code_review")
    body: dict[str, Any] = {"attachments": [new_id()]}
    body |= {"comment": {"text": "x"}, "respond": {"decision": "approve"}, "revise": {}}[what]
    client = desk.agent if what == "revise" else desk.kim
    refused = await client.post(f"/api/v1/requests/{opened['id']}/{what}", json=body)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/attachments/0"


async def test_what_nobody_names_for_a_day_is_removed_and_nothing_else(desk: Desk) -> None:
    door = desk.house.door
    used, unused, fresh = [(await put(desk.agent))["id"] for _ in range(3)]
    await desk.ask(attachments=[used])
    half = new_id()
    await door.past.fetch(
        "INSERT INTO directory.attachments (id, tenant, name, media_type, uploaded_by)"
        " VALUES ($1, $2, 'half', 'text/plain', 'x')",
        half,
        desk.tenant,
    )
    await door.past.fetch("INSERT INTO blobs.piece VALUES ($1, 0, 'x')", half)
    age = "UPDATE directory.attachments SET created_at = now() - $1::interval WHERE id = ANY($2)"
    await door.past.fetch(age, KEPT_UNUSED + timedelta(minutes=1), [used, unused, half])
    assert await door.attaching.tidy() == 2
    assert await door.attaching.tidy() == 0
    statuses = [
        (await desk.agent.get(f"{PATH}/{one}")).status_code for one in (used, unused, fresh)
    ]
    assert statuses == [200, 404, 200]
    left = await door.past.fetchval("SELECT count(*) FROM blobs.piece WHERE key = $1", half)
    assert left == 0


async def test_a_file_that_is_being_removed_can_be_named_no_more(desk: Desk) -> None:
    door = desk.house.door
    file = (await put(desk.agent))["id"]
    assert file in await door.directory.attachments.claim_unused(timedelta(0))
    refused = await desk.agent.post("/api/v1/requests", json={"title": "?", "attachments": [file]})
    assert refused.status_code == 422
