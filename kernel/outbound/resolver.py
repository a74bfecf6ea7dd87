"""Finds a host's addresses and lets through only those that may be connected to."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Protocol, Self

from kernel.errors import HandraiseError, Invalid, Misconfigured
from kernel.outbound.addresses import Address, Network, is_loopback, is_public, is_within
from kernel.outbound.dns import DnsResolver
from kernel.settings import Settings

DNS_SECONDS = 5
PUBLIC_PORTS = frozenset({443, 8443})


class TargetRefused(HandraiseError):
    """The target leads where nothing may be sent."""

    status, code = 422, "target_refused"


class Unresolved(HandraiseError):
    """The host's name leads to no address now."""

    retriable = True
    status, code = 502, "unresolved"


class Resolve(Protocol):
    """Gives the addresses that a host name stands for."""

    async def __call__(self, host: str, port: int) -> list[Address]:
        """All of them; raises OSError when there are none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What may be connected to: the public internet by TLS, and what an operator allows.

    `private` are the operator's own networks, `loopback` is for the local stack; to both also
    plain http and any port are allowed.
    """

    private: tuple[Network, ...] = ()
    loopback: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The reach that the settings give.

        Raises:
            Misconfigured: a private target is no network.
        """
        try:
            networks = tuple(ip_network(text, strict=False) for text in settings.private_targets)
        except ValueError as error:
            raise Misconfigured(f"HANDRAISE_PRIVATE_TARGETS: {error}") from error
        return cls(private=networks, loopback=settings.local)

    def refusal(self, address: Address, *, scheme: str, port: int) -> str | None:
        """Why this address may not be connected to, or None."""
        if is_within(address, self.private) or (self.loopback and is_loopback(address)):
            return None
        if not is_public(address):
            return "the host is not on the public internet"
        if scheme != "https":
            return "only https may leave for the public internet"
        if port not in PUBLIC_PORTS:
            return f"port {port} is not open to us on the public internet"
        return None


class Guard:
    """Resolves a target and refuses it if any of its addresses is out of reach."""

    def __init__(self, reach: Reach, resolve: Resolve | None = None) -> None:
        self._reach = reach
        self._resolve = resolve or DnsResolver()

    async def addresses(self, host: str, port: int, scheme: str) -> list[Address]:
        """The addresses to connect to, in the order to try them.

        Raises:
            TargetRefused: one of them is out of reach.
            Unresolved: the name can't be resolved now.
        """
        try:
            async with asyncio.timeout(DNS_SECONDS):
                found = await self._find(host, port)
        except (OSError, Invalid) as error:
            why = str(error) or f"no reply within {DNS_SECONDS} s"
            raise Unresolved(f"{host} can't be resolved: {why}") from error
        if not found:
            raise Unresolved(f"{host} can't be resolved: it has no address")
        for address in found:
            why = self._reach.refusal(address, scheme=scheme, port=port)
            if why is not None:
                raise TargetRefused(why)
        return found

    async def _find(self, host: str, port: int) -> list[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            return await self._resolve(host, port)
