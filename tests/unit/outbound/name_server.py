"""A name server on loopback that answers as it is told, by UDP and TCP."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.name
from dns.asyncresolver import Resolver
from dns.nameserver import Do53Nameserver
from dnslib import AAAA, CNAME, QTYPE, RCODE, RR, A, DNSRecord

from kernel.outbound.dns import DnsResolver, Hosts


@dataclass(frozen=True, slots=True)
class Server:
    """Where a name server listens."""

    host: str
    port: int


@dataclass
class Zone:
    """What the server says: lists of turns per (name, type); the last turn is said for ever.

    A turn is a list of values: addresses, or one `CNAME other.name`. None is silence.
    """

    said: dict[tuple[str, str], list[Sequence[str] | None]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    change: Callable[[bytes], bytes] = lambda data: data
    truncate: bool = False
    code: int = RCODE.NOERROR

    def answer(self, data: bytes, way: str) -> bytes | None:
        asked = DNSRecord.parse(data)
        name, kind = str(asked.q.qname).rstrip("."), QTYPE[asked.q.qtype]
        self.asked.append((name, kind, way))
        reply = asked.reply()
        reply.header.rcode = self.code
        if self.truncate and way == "udp":
            reply.header.tc = 1
            return bytes(reply.pack())
        if not self._fill(reply, name, kind):
            return None
        return self.change(bytes(reply.pack()))

    def _fill(self, reply: DNSRecord, name: str, kind: str) -> bool:
        turns = self.said.get((name, kind))
        if turns is None:
            reply.header.rcode = reply.header.rcode or RCODE.NXDOMAIN
            return True
        values = turns.pop(0) if len(turns) > 1 else turns[0]
        if values is None:
            return False
        for value in values:
            if value.startswith("CNAME "):
                other = value.removeprefix("CNAME ")
                reply.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME(other), ttl=0))
                if not self._fill(reply, other, kind):
                    return False
            else:
                data = A(value) if kind == "A" else AAAA(value)
                reply.add_answer(RR(name, getattr(QTYPE, kind), rdata=data, ttl=0))
        return True


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        answer = self._zone.answer(data, "udp")
        if answer is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def name_server(zone: Zone) -> AsyncGenerator[Server]:
    """The server, while the block runs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(2))
        answer = zone.answer(await reader.readexactly(size), "tcp") or b""
        writer.write(len(answer).to_bytes(2) + answer)
        await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    streams = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = streams.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Udp(zone), local_addr=("127.0.0.1", port)
    )
    try:
        yield Server("127.0.0.1", port)
    finally:
        transport.close()
        streams.close()


def asking(*servers: Server, search: Sequence[str] = ()) -> Resolver:
    """A resolver's settings: these servers, in this order."""
    resolver = Resolver(configure=False)
    resolver.nameservers = [Do53Nameserver(one.host, one.port) for one in servers]
    resolver.search = [dns.name.from_text(domain) for domain in search]
    return resolver


@asynccontextmanager
async def names(
    zone: Zone, *, search: Sequence[str] = (), hosts: Hosts | None = None
) -> AsyncGenerator[DnsResolver]:
    """A resolver that asks a server of this zone."""
    async with name_server(zone) as server:
        yield DnsResolver(asking(server, search=search), hosts or {})
