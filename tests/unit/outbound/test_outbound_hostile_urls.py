"""Hundreds of hostile addresses of receivers, one way of getting inside each: none gets through."""

import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from kernel.errors import Invalid
from kernel.outbound.addresses import Address
from kernel.outbound.egress import Egress
from kernel.outbound.resolver import Reach, TargetRefused
from kernel.outbound.target import parse_target

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
LINES = [
    line.partition(" ")
    for line in (Path(__file__).parent / "hostile_urls.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
BY_SPELLING = [url for kind, _, url in LINES if kind == "spelling"]
BY_ADDRESS = [url for kind, _, url in LINES if kind == "address"]


def unescaped(text: str) -> str:
    return text.encode().decode("unicode_escape")


async def from_table(host: str, port: int) -> list[Address]:
    found = NAMES.get(host)
    if found is None:
        raise OSError(f"no such name: {host}")
    return [ip_address(text) for text in found]


def test_there_are_hundreds_and_each_once() -> None:
    urls = BY_SPELLING + BY_ADDRESS
    assert len(set(urls)) == len(urls) == len(LINES) > 500


@pytest.mark.parametrize("escaped", BY_SPELLING)
def test_a_url_that_could_be_read_in_two_ways_is_refused(escaped: str) -> None:
    with pytest.raises(Invalid):
        parse_target(unescaped(escaped))


@pytest.mark.parametrize("escaped", BY_ADDRESS)
async def test_a_target_that_is_not_on_the_public_internet_is_refused(
    escaped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object) -> None:
        raise AssertionError("it connects")

    monkeypatch.setattr(socket.socket, "connect", nowhere)
    monkeypatch.setattr(socket.socket, "connect_ex", nowhere)
    egress = Egress(Reach(), resolve=from_table)
    with pytest.raises(TargetRefused):
        await egress.post(unescaped(escaped), headers={}, body=b"{}")


@pytest.mark.parametrize("escaped", BY_ADDRESS)
async def test_no_loopback_of_the_local_stack_opens_more_than_loopback(escaped: str) -> None:
    """What the local stack may reach in addition is loopback in its plain form, and that only."""
    target = parse_target(unescaped(escaped))
    reach = Reach(loopback=True)
    addresses = [ip_address(target.host)] if _is_address(target.host) else None
    for address in addresses or await from_table(target.host, target.port):
        if reach.refusal(address, scheme=target.scheme, port=target.port) is None:
            assert str(address).startswith("127.") or str(address) in ("::1", PUBLIC)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
