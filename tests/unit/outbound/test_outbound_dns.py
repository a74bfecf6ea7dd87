"""Names and those who answer for them: what they say is judged, and only that is connected to."""

import asyncio
import socket
import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from dnslib import RCODE

from kernel.outbound.dns import DnsResolver, hosts_in
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Guard, Reach, TargetRefused, Unresolved
from kernel.outbound.wire import Unanswered
from tests.unit.outbound.name_server import Server, Zone, asking, name_server, names
from tests.unit.outbound.receiver import answers, receiving

PUBLIC, METADATA = "93.184.216.34", "169.254.169.254"
SIX, OWN_SIX = "2606:2800:220:1::1", "fd00:ec2::254"
# As if the first address of loopback were public, and the second one private.
OUTSIDE = Reach(private=(ip_network("127.0.0.1/32"),))
CLOSES = answers("200 OK", headers="Connection: close\r\n")


def says(**said: list[list[str] | None]) -> Zone:
    """A zone in which `A=` and `AAAA=` are the turns of evil.example."""
    kinds = {"A": [[]], "AAAA": [[]]} | said
    return Zone({("evil.example", kind): list(turns) for kind, turns in kinds.items()})


async def judged(zone: Zone, host: str = "evil.example") -> list[str]:
    async with names(zone) as resolve:
        found = await Guard(Reach(), resolve).addresses(host, 443, "https")
    return [str(one) for one in found]


async def test_both_families_are_asked_for_and_all_addresses_given() -> None:
    zone = says(A=[[PUBLIC, "8.8.8.8"]], AAAA=[[SIX]])
    assert await judged(zone) == [PUBLIC, "8.8.8.8", SIX]
    assert sorted(kind for _, kind, _ in zone.asked) == ["A", "AAAA"]


@pytest.mark.parametrize(
    "zone",
    [
        says(A=[[METADATA]]),
        says(A=[[PUBLIC, METADATA]]),
        says(A=[[METADATA, PUBLIC]]),
        says(A=[[PUBLIC]], AAAA=[[OWN_SIX]]),
        says(A=[["10.0.0.1"]], AAAA=[[SIX]]),
        says(AAAA=[["::ffff:7f00:1"]]),
        says(AAAA=[["64:ff9b::7f00:1"]]),
        says(AAAA=[["2002:7f00:1::"]]),
        says(A=[[f"{n}.0.0.1" for n in range(1, 12)]]),
    ],
)
async def test_one_private_address_among_all_refuses_the_target(zone: Zone) -> None:
    with pytest.raises(TargetRefused):
        await judged(zone)


@pytest.mark.parametrize("last", [METADATA, "127.0.0.1", "10.1.2.3"])
async def test_an_alias_of_a_private_name_is_what_it_leads_to(last: str) -> None:
    zone = says(A=[["CNAME inner.example"]])
    zone.said |= {
        ("inner.example", "A"): [["CNAME innermost.example"]],
        ("innermost.example", "A"): [[last]],
    }
    with pytest.raises(TargetRefused):
        await judged(zone)


async def test_an_address_of_another_name_that_comes_along_does_not_count() -> None:
    zone = says(A=[[PUBLIC]])
    real = zone.answer

    def with_more(data: bytes, way: str) -> bytes | None:
        from dnslib import RR, A, DNSRecord  # noqa: PLC0415

        reply = DNSRecord.parse(real(data, way) or b"")
        reply.add_answer(RR("other.example", rdata=A(METADATA), ttl=0))
        return bytes(reply.pack())

    zone.answer = with_more  # type: ignore[method-assign]
    assert await judged(zone) == [PUBLIC]


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_judged() -> None:
    """Rebinding: public for the judge, private for the socket, at a TTL of 0."""
    zone = says(A=[["127.0.0.1"], ["127.0.0.2"]])
    async with names(zone) as resolve, receiving(CLOSES) as public:
        private = await asyncio.start_server(public.serve, "127.0.0.2", public.port)
        egress = Egress(OUTSIDE, resolve=resolve)
        url = f"http://evil.example:{public.port}/"
        await egress.post(url, headers={}, body=b"")
        # One look each, and none between judging and connecting.
        assert len(zone.asked) == 2
        with pytest.raises(TargetRefused):
            await egress.post(url, headers={}, body=b"")
        private.close()
    assert (len(public.came), public.connections) == (1, 1)
    assert len(zone.asked) == 4


async def test_every_connection_goes_to_an_address_that_was_judged_for_it() -> None:
    turns: list[list[str] | None] = [[f"127.0.0.{1 + n % 2}"] for n in range(20)]
    zone, reached = says(A=turns), set[str]()
    async with names(zone) as resolve, receiving(CLOSES) as receiver:

        async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.add(writer.get_extra_info("sockname")[0])
            await receiver.serve(reader, writer)

        other = await asyncio.start_server(note, "127.0.0.2", receiver.port)
        egress, refused = Egress(OUTSIDE, resolve=resolve), 0
        for _ in range(20):
            try:
                await egress.post(f"http://evil.example:{receiver.port}/", headers={}, body=b"")
            except TargetRefused:
                refused += 1
        other.close()
    assert (refused, len(receiver.came), reached) == (10, 10, set())


async def test_a_family_that_is_silent_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.outbound.dns.LOOKUP_SECONDS", 0.05)
    assert await judged(says(A=[[PUBLIC]], AAAA=[None])) == [PUBLIC]


async def test_a_name_server_that_is_silent_is_waited_for_so_long_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kernel.outbound.resolver.DNS_SECONDS", 0.05)
    with pytest.raises(Unresolved, match="no reply within"):
        await judged(says(A=[None], AAAA=[None]))


async def test_names_that_hang_hold_up_nobody_elses_and_hold_no_thread() -> None:
    """A thread each would have run out long before the two hundredth."""
    zone = Zone({("quick.example", kind): [[PUBLIC] if kind == "A" else []] for kind in KINDS})
    zone.said |= {(f"slow{n}.example", kind): [None] for n in range(200) for kind in KINDS}
    async with names(zone) as resolve:
        guard, threads = Guard(Reach(), resolve), threading.active_count()
        hanging: list[asyncio.Task[Any]] = []
        for n in range(200):
            slow = guard.addresses(f"slow{n}.example", 443, "https")
            hanging.append(asyncio.create_task(slow))
            # One after the other: a burst of datagrams may overflow the server's buffer.
            while len(zone.asked) < 2 * len(hanging):
                await asyncio.sleep(0)
        found = await guard.addresses("quick.example", 443, "https")
        assert not any(task.done() for task in hanging)
        assert threading.active_count() == threads
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
    assert [str(one) for one in found] == [PUBLIC]


KINDS = ("A", "AAAA")


async def test_the_time_for_the_name_counts_in_the_whole_attempt() -> None:
    async with names(says(A=[None], AAAA=[None])) as resolve:
        egress = Egress(Reach(), resolve=resolve, attempt_seconds=0.05)
        with pytest.raises(Unanswered, match="full answer within"):
            await egress.post("https://evil.example/", headers={}, body=b"")


async def test_a_long_reply_is_fetched_by_tcp() -> None:
    zone = says(A=[[f"93.184.{n // 200}.{n % 200 + 1}" for n in range(400)]])
    zone.truncate = True
    assert len(await judged(zone)) == 400
    assert {way for _, _, way in zone.asked} == {"udp", "tcp"}


async def test_a_name_that_is_not_there_is_no_target() -> None:
    with pytest.raises(Unresolved, match="no address"):
        await judged(Zone())


async def test_a_name_server_that_fails_is_followed_by_the_next() -> None:
    broken, good = Zone(code=RCODE.SERVFAIL), says(A=[[PUBLIC]])
    async with name_server(broken) as first, name_server(good) as second:
        resolve = DnsResolver(asking(first, second), {})
        assert await resolve("evil.example", 443) == [ip_address(PUBLIC)]
    assert broken.asked


async def test_nobody_at_the_name_servers_port_is_known_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(OSError):
        await DnsResolver(asking(Server("127.0.0.1", port)), {})("evil.example", 443)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: flipped(data, 1),
        lambda data: flipped(data, 14),
        lambda data: data[:2] + b"\x01\x00" + data[4:],
        lambda data: data[:11],
        lambda _data: b"",
    ],
    ids=["another number", "another name", "a question", "too short", "nothing"],
)
async def test_what_replies_to_something_else_is_not_listened_to(
    monkeypatch: pytest.MonkeyPatch, change: object
) -> None:
    monkeypatch.setattr("kernel.outbound.dns.LOOKUP_SECONDS", 0.05)
    zone = says(A=[[PUBLIC]])
    zone.change = change  # type: ignore[assignment]
    with pytest.raises(Unresolved):
        await judged(zone)


async def test_the_machines_hosts_file_and_search_list_count() -> None:
    zone = Zone({("agent.corp.example", "A"): [[PUBLIC]], ("agent.corp.example", "AAAA"): [[]]})
    hosts = {"here": [ip_address("10.0.0.1")]}
    async with names(zone, search=["corp.example"], hosts=hosts) as resolve:
        assert await resolve("agent", 443) == [ip_address(PUBLIC)]
        assert await resolve("here", 443) == [ip_address("10.0.0.1")]
    assert {name for name, _, _ in zone.asked} == {"agent.corp.example"}


def test_a_hosts_file_is_understood() -> None:
    text = "127.0.0.1 localhost\n10.1.1.1 Agent agent.corp # ours\nfe80::2%lo0 six\nbroken line\n\n"
    known = hosts_in(text)
    assert {name: [str(one) for one in found] for name, found in known.items()} == {
        "localhost": ["127.0.0.1"],
        "agent": ["10.1.1.1"],
        "agent.corp": ["10.1.1.1"],
        "six": ["fe80::2"],
    }


async def test_this_machine_knows_itself() -> None:
    assert ip_address("127.0.0.1") in await DnsResolver()("localhost", 1)
