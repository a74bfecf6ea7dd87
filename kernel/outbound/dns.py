"""Finds a host's addresses as this machine is set up to: hosts file, search list, name servers.

The system's own way (`getaddrinfo`) holds a thread for as long as a name server likes to be silent
and can't be called off: a few hostile names, and nobody else's name is resolved. Here a lookup is
two sockets and ends when its time is up, so that any number of names may hang at once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.rdatatype import RdataType
from dns.resolver import NoResolverConfiguration

from kernel.outbound.addresses import Address

Hosts = Mapping[str, Sequence[Address]]

TRY_SECONDS = 1.5
LOOKUP_SECONDS = 3.0
_resolv, _hosts = Path("/etc/resolv.conf"), Path("/etc/hosts")
_localhost: Hosts = {"localhost": (IPv4Address("127.0.0.1"), IPv6Address("::1"))}


class DnsResolver:
    """Gives the addresses of names; whom to ask is read anew when the machine's files change."""

    def __init__(self, resolver: Resolver | None = None, hosts: Hosts | None = None) -> None:
        """A resolver; without one of its own it is the machine's, and so are the `hosts`."""
        self._resolver = resolver
        self._hosts = hosts

    async def __call__(self, host: str, port: int) -> list[Address]:
        """All addresses of a host, IPv4 first.

        Raises:
            OSError: there are none, or nobody knows.
        """
        known = _machine_hosts(_changed(_hosts)) if self._hosts is None else self._hosts
        if host in known:
            return list(known[host])
        resolver = self._resolver or _machine_resolver(_changed(_resolv))
        asked = (_ask(resolver, host, kind) for kind in (RdataType.A, RdataType.AAAA))
        replies = await asyncio.gather(*asked, return_exceptions=True)
        found = [one for reply in replies if isinstance(reply, list) for one in reply]
        if found:
            return found  # a family that can't be asked for is done without
        for reply in replies:
            if isinstance(reply, DNSException):
                raise OSError(f"{host} has no address: {reply}") from reply
            if isinstance(reply, BaseException):
                raise reply
        raise OSError(f"{host} has no address")


async def _ask(resolver: Resolver, host: str, kind: RdataType) -> list[Address]:
    answer = await resolver.resolve(
        host, kind, raise_on_no_answer=False, search=True, lifetime=LOOKUP_SECONDS
    )
    return [ip_address(record.address) for record in answer.rrset or ()]


@lru_cache(maxsize=1)
def _machine_resolver(_changed_at: int) -> Resolver:
    try:
        resolver = Resolver(str(_resolv))
    except NoResolverConfiguration:
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
    resolver.timeout = TRY_SECONDS
    return resolver


@lru_cache(maxsize=1)
def _machine_hosts(_changed_at: int) -> Hosts:
    try:
        return {**_localhost, **hosts_in(_hosts.read_text("utf-8", "replace"))}
    except OSError:
        return _localhost


def hosts_in(text: str) -> dict[str, list[Address]]:
    """The names of a hosts(5) file, in lower case; lines that make no sense are passed over."""
    known: dict[str, list[Address]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            continue
        for name in names:
            known.setdefault(name.lower(), []).append(found)
    return known


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
