"""The one way out: hostile targets are refused, slow and huge answers are cut, names are kept."""

import asyncio
import gzip
import ssl
from ipaddress import ip_address, ip_network

import pytest

from kernel.errors import Invalid, Misconfigured, Unavailable
from kernel.outbound.addresses import Address
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Reach, TargetRefused
from kernel.outbound.target import parse_target
from kernel.outbound.wire import READ_MAX_BYTES, Unanswered
from kernel.settings import Settings
from tests.unit.outbound.certificates import authority_for
from tests.unit.outbound.receiver import Came, answers, receiving

PUBLIC = "93.184.216.34"
NAMES = {
    "agent.example": [PUBLIC],
    "local.example": ["127.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
    "ten.example": ["10.1.2.3"],
    "metadata.google.internal": ["169.254.169.254"],
    "one-of-two.example": [PUBLIC, "192.168.1.1"],
    "four-and-six.example": [PUBLIC, "fd00:ec2::254"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "compatible.example": ["::127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "six-to-four.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:7f00:1::"],
    "wire.example": ["168.63.129.16"],
    "alibaba.example": ["100.100.100.200"],
    "zero.example": ["0.0.0.0"],
    "six.example": ["::1"],
    "multicast.example": ["224.0.0.1"],
    "site.example": ["fec0::1"],
}

REFUSED_BY_SPELLING = [
    "",
    " https://agent.example/",
    "https://agent.example/ ",
    "https://agent.example/\n",
    "https://agent\t.example/",
    "https://agent.example\r\nX-Evil: 1/",
    "https:/agent.example/",
    "https:agent.example/",
    "//agent.example/",
    "agent.example/",
    "ftp://agent.example/",
    "file:///etc/passwd",
    "gopher://agent.example/_x",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
    "javascript:alert(1)",
    "data:text/plain,x",
    "dict://127.0.0.1:11211/stat",
    "jar:https://agent.example!/",
    "https://user@agent.example/",
    "https://user:pass@agent.example/",
    "https://agent.example@127.0.0.1/",
    "https://agent.example%40127.0.0.1/",
    "https://agent.example\\@127.0.0.1/",
    "https://agent.example\\127.0.0.1/",
    "https:\\\\agent.example/",
    "https://agent.example/a\\b",
    "https://agent.example#@127.0.0.1/",
    "https://agent.example/#fragment",
    "https://agent.example:443:80/",
    "https://agent.example:/",
    "https://agent.example:0/",
    "https://agent.example:65536/",
    "https://agent.example:99999999/",
    "https://agent.example:-1/",
    "https://agent.example:4a3/",
    "https://agent..example/",
    "https://.agent.example/",
    "https://agent.example./",
    "https://-/",
    "https:///path",
    "https://?query",
    "https://[::1",
    "https://::1/",
    "https://[::1]x/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[v1.fe80::a]/",
    "https://[127.0.0.1]/",
    "https://[:::::]/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://127.0.0.0x1/",
    "https://127.0.0.256/",
    "https://1.2.3.4.5/",
    "https://agent.0x7f/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://аgent.example/",
    "https://agent.example/ü",
    "https://agent\u200b.example/",
    "https://agent\u00ad.example/",
    "https://agent.example/\x00",
    "https://agent.example/\x7f",
    "https://exa mple/",
    "https://%31%32%37.0.0.1/",
    "https://agent.example/" + "a" * 2048,
    "https://" + "a." * 150 + "example/",
]

REFUSED_BY_ADDRESS = [
    "http://agent.example/",
    "http://agent.example:443/",
    "https://agent.example:80/",
    "https://agent.example:22/",
    "https://agent.example:25/",
    "https://agent.example:5432/",
    "https://agent.example:9092/",
    f"http://{PUBLIC}/",
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "HTTPS://127.0.0.1/",
    "https://127.255.255.254/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254/",
    "https://100.100.100.200/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    *(f"https://{name}/" for name in NAMES if name != "agent.example"),
    "https://LOCALHOST/",
    "https://Ten.Example/",
]


async def from_table(host: str, port: int) -> list[Address]:
    found = NAMES.get(host)
    if found is None:
        raise OSError(f"no such name: {host}")
    return [ip_address(text) for text in found]


@pytest.mark.parametrize("url", REFUSED_BY_SPELLING)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        parse_target(url)


@pytest.mark.parametrize("url", REFUSED_BY_ADDRESS)
async def test_a_target_that_is_not_on_the_public_internet_is_refused(url: str) -> None:
    egress = Egress(Reach(), resolve=from_table)
    with pytest.raises(TargetRefused):
        await egress.post(url, headers={}, body=b"{}")


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
    assert len(answer.body) == READ_MAX_BYTES


async def test_a_compressed_answer_is_not_blown_up() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    async with receiving(
        answers("200 OK", headers="Content-Encoding: gzip\r\n", body=bomb)
    ) as receiver:
        answer = await Egress(Reach(loopback=True)).post(receiver.url, headers={}, body=b"")
    assert answer.body == bomb[:READ_MAX_BYTES]


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
    with pytest.raises(Unavailable):
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
