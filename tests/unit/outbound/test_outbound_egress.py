"""The one way out: hostile targets are refused, slow and huge answers are cut, names are kept."""

import asyncio
import gzip
import ssl
from contextlib import suppress
from ipaddress import ip_address, ip_network

import pytest

from kernel.errors import Invalid, Misconfigured
from kernel.outbound.addresses import Address
from kernel.outbound.course import Course
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Reach, TargetRefused, Unresolved
from kernel.outbound.target import parse_target
from kernel.outbound.wire import READ_MAX_BYTES, Unanswered
from kernel.settings import Settings
from tests.unit.outbound.certificates import authority_for
from tests.unit.outbound.receiver import Came, answers, receiving
from tests.unit.outbound.test_outbound_hostile_urls import from_table


@pytest.mark.parametrize(
    ("url", "lane", "resource"),
    [
        ("https://agent.example", "https://agent.example:443", "/"),
        ("https://Agent.Example/Resume", "https://agent.example:443", "/Resume"),
        ("https://agent.example?x=1", "https://agent.example:443", "/?x=1"),
        ("https://a_b.example:8443/~x/a%20b;c=@1?q=", "https://a_b.example:8443", None),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9", "/"),
        ("https://[2606:2800::1]:443/x", "https://2606:2800::1:443", "/x"),
    ],
)
def test_a_plain_url_is_taken_apart(url: str, lane: str, resource: str | None) -> None:
    target = parse_target(url)
    assert target.lane == lane
    assert resource is None or target.resource == resource


async def test_it_connects_to_the_checked_address_and_names_the_host() -> None:
    async with receiving() as receiver:
        egress = Egress(Reach(loopback=True), resolve=from_table)
        url = f"http://local.example:{receiver.port}/a?b=c"
        answer = await egress.post(url, headers={"X-A": "1"}, body=b"{}")
        (came,) = receiver.came
    assert answer.status == 200
    assert came.line == "POST /a?b=c HTTP/1.1"
    assert came.headers["host"] == f"local.example:{receiver.port}"
    assert came.headers["accept-encoding"] == "identity"
    assert (came.headers["x-a"], came.body) == ("1", b"{}")


async def test_a_name_that_changes_its_address_is_judged_on_every_connection() -> None:
    turns = iter(["127.0.0.1", "10.0.0.1"])

    async def rebinding(host: str, port: int) -> list[Address]:
        return [ip_address(next(turns))]

    async with receiving(answers("200 OK", headers="Connection: close\r\n")) as receiver:
        egress = Egress(Reach(loopback=True), resolve=rebinding)
        url = f"http://rebinding.example:{receiver.port}/"
        await egress.post(url, headers={}, body=b"")
        with pytest.raises(TargetRefused):
            await egress.post(url, headers={}, body=b"")
    assert len(receiver.came) == 1


async def test_the_next_address_is_tried_when_the_first_is_dead() -> None:
    async def two(host: str, port: int) -> list[Address]:
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    async with receiving() as receiver:
        egress = Egress(Reach(loopback=True), resolve=two)
        answer = await egress.post(f"http://two.example:{receiver.port}/", headers={}, body=b"")
    assert answer.status == 200


async def test_an_operator_can_allow_a_network_of_his_own() -> None:
    settings = Settings(private_targets=("127.0.0.0/30",))
    async with receiving() as receiver:
        egress = Egress(Reach.of(settings))
        answer = await egress.post(receiver.url, headers={}, body=b"")
        with pytest.raises(TargetRefused):
            await egress.post(f"http://127.0.0.4:{receiver.port}/", headers={}, body=b"")
    assert answer.status == 200


def test_a_network_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(Misconfigured, match="PRIVATE_TARGETS"):
        Reach.of(Settings(private_targets=("ten dot something",)))


def test_an_allowed_network_does_not_open_its_disguises() -> None:
    reach = Reach(private=(ip_network("127.0.0.0/8"),), loopback=True)
    for disguise in ("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"):
        assert reach.refusal(ip_address(disguise), scheme="https", port=443) is not None


async def test_tls_proves_the_hosts_name_though_an_address_is_dialled() -> None:
    authority = authority_for("local.example")
    async with receiving(tls=authority.server) as receiver:
        egress = Egress(Reach(loopback=True), resolve=from_table, authorities=authority.client)
        answer = await egress.post(f"https://local.example:{receiver.port}/", headers={}, body=b"x")
    assert answer.status == 200


async def test_a_certificate_for_another_name_is_no_answer() -> None:
    authority = authority_for("somebody-else.example")
    async with receiving(tls=authority.server) as receiver:
        egress = Egress(Reach(loopback=True), resolve=from_table, authorities=authority.client)
        with pytest.raises(Unanswered, match="certificate"):
            await egress.post(f"https://local.example:{receiver.port}/", headers={}, body=b"x")
    assert receiver.came == []


async def test_an_authority_nobody_trusts_is_no_answer() -> None:
    authority = authority_for("local.example")
    async with receiving(tls=authority.server) as receiver:
        egress = Egress(
            Reach(loopback=True), resolve=from_table, authorities=ssl.create_default_context()
        )
        with pytest.raises(Unanswered, match="certificate"):
            await egress.post(f"https://local.example:{receiver.port}/", headers={}, body=b"x")


async def test_redirects_are_answers_and_not_followed() -> None:
    async with receiving() as elsewhere, receiving() as receiver:
        receiver.script = answers("302 Found", headers=f"Location: {elsewhere.url}\r\n")
        answer = await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"")
    assert (answer.status, answer.headers["location"]) == (302, elsewhere.url)
    assert elsewhere.came == []


async def test_an_endless_answer_is_read_to_the_limit_and_left() -> None:
    async def endless(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x" * 4096)
            await writer.drain()

    async with receiving(endless) as receiver:
        answer = await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"")
    assert READ_MAX_BYTES - 200 < len(answer.body) < READ_MAX_BYTES


FLOODS = {
    "news before the answer": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    "a head without end": b"X-A: " + b"a" * 1000 + b"\r\n",
    "a chunk's mark without end": b";a=b",
    "trailers without end": b"X-A: b\r\n",
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_all_that_a_receiver_says_counts_towards_the_limit(flood: str) -> None:
    begin = {
        "news before the answer": b"",
        "a head without end": b"HTTP/1.1 200 OK\r\n",
        "a chunk's mark without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1",
        "trailers without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    }
    sent = 0

    async def pour(_came: Came, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(begin[flood])
        while not writer.is_closing():
            writer.write(FLOODS[flood])
            sent += len(FLOODS[flood])
            await writer.drain()

    async with receiving(pour) as receiver:
        egress = Egress(Reach(loopback=True))
        if flood in ("a chunk's mark without end", "trailers without end"):
            with suppress(Unanswered):
                assert (await egress.post(receiver.url, headers={}, body=b"")).status == 200
        else:
            with pytest.raises(Unanswered):
                await egress.post(receiver.url, headers={}, body=b"")
    # What lies in buffers on the way is not ours.
    assert sent < 100 * READ_MAX_BYTES


async def test_the_course_of_an_attempt_is_told_also_where_it_fails() -> None:
    whole, refused, unresolved, silent = Course(), Course(), Course(), Course()
    async with receiving() as receiver:
        egress = Egress(Reach(loopback=True), resolve=from_table)
        url = f"http://local.example:{receiver.port}/"
        await egress.post(url, headers={}, body=b"", course=whole)
        again = Course()
        await egress.post(url, headers={}, body=b"", course=again)
        with pytest.raises(TargetRefused):
            await egress.post("https://ten.example/", headers={}, body=b"", course=refused)
        with pytest.raises(Unresolved):
            await egress.post("https://gone.example/", headers={}, body=b"", course=unresolved)

        async def hang(_came: Came, _writer: asyncio.StreamWriter) -> None:
            await asyncio.Event().wait()

        receiver.script = hang
        egress.close()
        impatient = Egress(Reach(loopback=True), resolve=from_table, attempt_seconds=1)
        with pytest.raises(Unanswered):
            await impatient.post(url, headers={}, body=b"", course=silent)
    assert whole.address == again.address == silent.address == "127.0.0.1"
    assert None not in (whole.dns_ms, whole.connect_ms, whole.first_byte_ms)
    assert (again.dns_ms, again.connect_ms) == (None, None)
    assert (refused.address, refused.connect_ms) == (None, None)
    assert None not in (refused.dns_ms, unresolved.dns_ms)
    assert silent.first_byte_ms is not None


async def test_a_compressed_answer_is_not_blown_up() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    async with receiving(
        answers("200 OK", headers="Content-Encoding: gzip\r\n", body=bomb)
    ) as receiver:
        answer = await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"")
    assert answer.body == bomb[: len(answer.body)]
    assert len(answer.body) <= min(len(bomb), READ_MAX_BYTES)


async def test_an_answer_that_drips_is_cut_off_as_a_whole() -> None:
    async def drip(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for turn in range(100_000):
            writer.write(b"x" if turn % 1000 == 0 else b"")
            await writer.drain()
            await asyncio.sleep(0)

    async with receiving(drip) as receiver:
        egress = Egress(Reach(loopback=True), attempt_seconds=0.05)
        with pytest.raises(Unanswered, match="within"):
            await egress.post(receiver.url, headers={}, body=b"")


async def test_a_silent_receiver_is_cut_off() -> None:
    async def silent(came: Came, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with receiving(silent) as receiver:
        egress = Egress(Reach(loopback=True), attempt_seconds=0.05)
        with pytest.raises(Unanswered, match="within"):
            await egress.post(receiver.url, headers={}, body=b"")


@pytest.mark.parametrize(
    "spoken", [b"", b"\0\0\0", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 999999 X\r\n\r\n"]
)
async def test_what_is_no_http_is_no_answer(spoken: bytes) -> None:
    async def speak(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(spoken)
        await writer.drain()
        writer.close()

    async with receiving(speak) as receiver:
        with pytest.raises(Unanswered):
            await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"")


async def test_a_closed_port_is_no_answer() -> None:
    async with receiving() as receiver:
        url = receiver.url
    with pytest.raises(Unanswered):
        await Egress(Reach(loopback=True)).post(url, headers={}, body=b"")


async def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    with pytest.raises(Unresolved):
        await Egress(Reach(), resolve=from_table).post(
            "https://gone.example/", headers={}, body=b""
        )


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
async def test_a_header_can_not_carry_another(value: str) -> None:
    async with receiving() as receiver:
        with pytest.raises(Invalid):
            await Egress(Reach(loopback=True)).post(receiver.url, headers={"X-A": value}, body=b"")
    assert receiver.came == []


async def test_variables_for_proxies_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"")
    assert (len(receiver.came), len(proxy.came)) == (1, 0)


async def test_one_connection_serves_one_request_after_another() -> None:
    async with receiving() as receiver:
        egress = Egress(Reach(loopback=True))
        for _ in range(3):
            await egress.post(receiver.url, headers={}, body=b"")
        egress.close()
    assert (len(receiver.came), receiver.connections) == (3, 1)


async def test_requests_at_the_same_time_have_a_connection_each() -> None:
    async with receiving() as receiver:
        egress = Egress(Reach(loopback=True))
        posts = [egress.post(receiver.url, headers={}, body=b"") for _ in range(5)]
        assert [answer.status for answer in await asyncio.gather(*posts)] == [200] * 5
        egress.close()
    assert receiver.connections == 5


async def test_a_kept_connection_that_is_closed_just_then_is_replaced() -> None:
    async def one_each(came: Came, writer: asyncio.StreamWriter) -> None:
        if len(receiver.came) == 2:
            writer.close()
        else:
            await answers("200 OK")(came, writer)

    async with receiving(one_each) as receiver:
        egress = Egress(Reach(loopback=True))
        for _ in range(2):
            assert (await egress.post(receiver.url, headers={}, body=b"")).status == 200
        egress.close()
    assert (len(receiver.came), receiver.connections) == (3, 2)


async def test_what_was_answered_in_part_is_not_sent_again_at_once() -> None:
    async def half(came: Came, writer: asyncio.StreamWriter) -> None:
        if len(receiver.came) == 2:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
            writer.close()
        else:
            await answers("200 OK")(came, writer)

    async with receiving(half) as receiver:
        egress = Egress(Reach(loopback=True))
        await egress.post(receiver.url, headers={}, body=b"")
        with pytest.raises(Unanswered):
            await egress.post(receiver.url, headers={}, body=b"")
    assert len(receiver.came) == 2


async def test_a_connection_with_more_in_it_than_the_answer_is_not_used_again() -> None:
    async def twice(came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(2 * b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with receiving(twice) as receiver:
        egress = Egress(Reach(loopback=True))
        for _ in range(2):
            await egress.post(receiver.url, headers={}, body=b"")
    assert receiver.connections == 2


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
    ],
)
async def test_every_form_of_an_answer_is_understood(response: bytes) -> None:
    async def speak(_came: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(response)
        await writer.drain()
        writer.close()

    async with receiving(speak) as receiver:
        answer = await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"x")
    assert (answer.status, answer.body) == (200, b"ok")


async def test_a_no_that_comes_before_the_whole_request_was_read_is_heard() -> None:
    """A receiver may refuse by the head alone and hang up on the body."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    answer = await Egress(Reach(loopback=True)).post(
        f"http://127.0.0.1:{port}/", headers={}, body=b"x" * 2_000_000
    )
    server.close()
    assert answer.status == 413
