"""What a hostile client sends is refused in a word; nothing of it reaches Kafka or Postgres."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

import api.bodies
from api.rest.documents.problems import ProblemDocument
from kernel.text import MAX_BYTES, MAX_KEYS, MAX_LEVELS
from tests.support.front_door import SEED, Desk, House
from tests.support.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
NIL = "00000000-0000-0000-0000-000000000000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def socket(house: House) -> AsyncIterator[Served]:
    async with served(house) as made:
        yield made


def asking(context: str) -> bytes:
    """A question whose context is this JSON, as raw text."""
    return b'{"title": "x", "context": {"a": %b}}' % context.encode("utf-8", "surrogatepass")


BODIES = {
    "NUL": asking('"\\u0000"'),
    "NUL in a name": asking('{"\\u0000": 1}'),
    "a lone surrogate": asking('"\\ud800"'),
    "a lone surrogate in a name": asking('{"\\udfff": 1}'),
    "a lone surrogate, raw": asking('"\ud800"'),
    "no UTF-8": b'{"title": "\xff"}',
    "an overlong form": b'{"title": "\xc0\x80"}',
    "NaN": asking("NaN"),
    "Infinity": asking("Infinity"),
    "minus Infinity": asking("-Infinity"),
    "a float beyond all": asking("1e999"),
    "an integer beyond what JSON readers keep": asking("9007199254740993"),
    "an integer of 5000 digits": asking("9" * 5000),
    "a doubled name": asking('{"a": 1, "a": 2}'),
    "a doubled name on top": b'{"title": "x", "title": "y"}',
    "deep lists": asking("[" * (MAX_LEVELS + 1) + "]" * (MAX_LEVELS + 1)),
    "very deep lists that do not end": asking("[" * 100_000),
    "very deep objects": asking('{"a":' * 10_000),
    "too many keys": asking(json.dumps(dict.fromkeys(map(str, range(MAX_KEYS + 1))))),
    "too many values": asking(json.dumps([0] * 60_000)),
    "a list": b"[]",
    "a number": b"1",
    "nothing that ends": b'{"title": "',
    "two documents": b"{} {}",
    "a byte order mark": b'\xef\xbb\xbf{"title": "x"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "a deadline after the end of time": b'{"title": "x", "timeout_minutes": 1000000000000000000}',
    "a control character in a line": b'{"title": "a\\u001b[31m"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_nothing_can_hold_is_refused_with_its_place(
    desk: Desk, body: bytes
) -> None:
    for path in ("/api/v1/requests", f"/api/v1/requests/{NIL}/respond", "/api/v1/auth/token"):
        refused = await desk.agent.post(
            path, content=body, headers={"content-type": "application/json"}
        )
        if path.endswith("respond"):
            refused = await desk.kim.post(
                path, content=body, headers={"content-type": "application/json"}
            )
        assert refused.status_code == 422, (path, refused.text)
        problem = ProblemDocument.model_validate(refused.json())
        assert problem.errors


async def test_four_byte_characters_are_welcome(desk: Desk) -> None:
    opened = await desk.ask(title="\U0001f980 \U00020000", context={"\U0001f980": "\u0301"})
    assert (await desk.read(opened["id"]))["title"] == "\U0001f980 \U00020000"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "GZIP", "x"])
async def test_a_compressed_body_is_refused_unread(desk: Desk, encoding: str) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    for path in ("/api/v1/requests", "/api/v1/attachments"):
        refused = await desk.agent.post(
            path,
            content=bomb,
            headers={"content-encoding": encoding, "content-type": "application/json"},
        )
        assert (refused.status_code, refused.json()["code"]) == (415, "media_type")


async def test_a_second_encoding_does_not_hide_behind_the_first(desk: Desk) -> None:
    refused = await desk.agent.post(
        "/api/v1/requests",
        content=b"{}",
        headers=[("content-encoding", "identity"), ("content-encoding", "gzip")],
    )
    assert refused.status_code == 415


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "x"])
async def test_only_json_is_read(desk: Desk, kind: str) -> None:
    refused = await desk.agent.post(
        "/api/v1/requests", content=b'{"title": "x"}', headers={"content-type": kind}
    )
    assert refused.status_code == 415


async def test_a_body_that_says_how_long_it_is_is_not_even_read(socket: Served, desk: Desk) -> None:
    key = await desk.house.key(desk.tenant)
    head = (
        f"POST /api/v1/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\n"
    ).encode()
    long = await socket.said(head + b"content-length: 1073741824\r\n\r\n")
    assert long.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in long.lower()
    chunk = b"%x\r\n" % 65536 + b" " * 65536 + b"\r\n"
    endless = await socket.said(head + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 64)
    assert endless == b"" or endless.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_does_not_come_is_not_waited_for(
    socket: Served, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.bodies, "BODY_SECONDS", 0.2)
    key = await desk.house.key(desk.tenant)
    slow = await socket.said(
        f"POST /api/v1/requests HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        "content-type: application/json\r\ncontent-length: 10\r\n\r\n{".encode()
    )
    assert slow.startswith(b"HTTP/1.1 408 ")
    assert b"too_slow" in slow


async def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(desk: Desk) -> None:
    spare = MAX_BYTES - len(json.dumps(SEED | {"description": ""}))
    fits = json.dumps(SEED | {"description": "x" * spare}).encode()
    assert len(fits) == MAX_BYTES
    headers = {"content-type": "application/json"}
    taken = await desk.agent.post("/api/v1/requests", content=fits, headers=headers)
    assert taken.status_code in {201, 422}, taken.text
    assert taken.status_code == 201 or taken.json()["code"] == "too_large"
    refused = await desk.agent.post("/api/v1/requests", content=fits + b" ", headers=headers)
    assert refused.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        *("%00", "..%2f..", "%ff%fe", "x" * 300, "%27%20OR%201%3D1", "{request_id}", "-1", "null"),
        *("\u202e".encode().hex(), "%ED%A0%80", "0" * 32, NIL.replace("-", "%2D") + "%00"),
    ],
)
async def test_an_id_that_is_none_is_unknown_wherever_it_stands(desk: Desk, path: str) -> None:
    for what in ("", "/history", "/deliveries", "/notifications", "/wait"):
        missed = await desk.agent.get(f"/api/v1/requests/{path}{what}")
        assert missed.status_code == 404, missed.text
    for prefix in ("kinds", "attachments"):
        assert (await desk.agent.get(f"/api/v1/{prefix}/{path}")).status_code == 404
    claimed = await desk.kim.post(f"/api/v1/requests/{path}/claim")
    assert claimed.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        *("q=%00", "q=%ED%A0%80%00", "type=%00", "principal_id=%00", "%00=1", "assigned_to=%00"),
        *("limit=99999999999999999999999", "limit=1e3", "limit=NaN", "min_age_minutes=-1"),
        *("cursor=%00", "cursor=" + "A" * 3000, "facet.%00=1", "facet.=1", "sort=", "open=perhaps"),
        "&".join(["type=x"] * 30),
        *("q=%20", "q=%20%20%20", "q=%C2%85%E2%80%83", "q=%25%25%25", "q=%5C%5C%5C", "q='''"),
        *("facet.a=1e999", "facet.a=%5B" * 100, "&".join(f"facet.f{n}={n}" for n in range(500))),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(desk: Desk, query: str) -> None:
    answer = await desk.agent.get(f"/api/v1/requests?{query}")
    assert answer.status_code in {200, 422}, answer.text
    if any(bad in query for bad in ("%00", "limit", "type=x&", "facet.f20=")):
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "query", ["timeout_seconds=NaN", "timeout_seconds=inf", "timeout_seconds=61", "after_version=x"]
)
async def test_a_wait_that_never_ends_is_refused(desk: Desk, query: str) -> None:
    refused = await desk.agent.get(f"/api/v1/requests/{NIL}/wait?{query}")
    assert refused.status_code == 422


HEADERS: list[dict[str, Any]] = [
    {"idempotency-key": b"\xff"},
    {"idempotency-key": b'"' + b"x" * 300 + b'"'},
    {"handraise-act-for": b"\xff" * 20},
    {"handraise-act-for": b"x" * 5000},
    {"x-correlation-id": b"\xff"},
    {"x-request-id": b"\xff\x01"},
    {"traceparent": b"x" * 5000},
    {"content-length": b"abc"},
    {"accept": b"\xff"},
    {"last-event-id": b"\xff"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda one: next(iter(one)))
async def test_a_header_that_makes_no_sense_is_refused_or_left_out(
    desk: Desk, headers: dict[str, Any]
) -> None:
    for method, path in (("POST", "/api/v1/requests"), ("GET", f"/api/v1/requests/{NIL}")):
        sent = desk.agent.build_request(method, path, headers=headers, json={"title": "x"})
        answer = await desk.agent.send(sent)
        assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "credential",
    [
        *(b"\xff\xfe", b"Bearer \xff", b"Bearer hr_\xff_x", b"Bearer " + b"x" * 9000, b"Bearer"),
        *(b"Basic eDp5", b"Bearer eyJ.eyJ.x", b"Bearer ..", b"Bearer " + b"." * 5000),
    ],
)
async def test_a_credential_that_is_none_is_refused(house: House, credential: bytes) -> None:
    async with house.client() as nobody:
        refused = await nobody.get("/api/v1/me", headers={b"authorization": credential})
        assert refused.status_code == 401, refused.text


async def test_long_addresses_and_heads_are_refused(desk: Desk) -> None:
    assert (await desk.agent.get(f"/api/v1/requests?q={'x' * 9000}")).status_code == 414
    long = await desk.agent.get("/api/v1/me", headers={"x": "y" * 40_000})
    assert long.status_code == 431


async def test_what_is_no_http_is_refused(socket: Served) -> None:
    for junk in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        answer = await socket.said(junk + b"\r\n\r\n")
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    both = (
        b"POST /api/v1/auth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"
        b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    assert (await socket.said(both)).startswith(b"HTTP/1.1 400 ")
