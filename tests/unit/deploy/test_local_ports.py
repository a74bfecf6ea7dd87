"""Ports: counted from one base, and named when they are in the way."""

import os
import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from deploy.local.plan import wanted_ports
from deploy.local.ports import (
    HOST,
    TEST_PORTS,
    is_free,
    ports,
    ports_from,
    require_free,
    unused_port,
)
from deploy.local.trouble import Trouble


@pytest.fixture
def taken() -> Generator[int]:
    with socket.create_server((HOST, unused_port())) as server:
        yield server.getsockname()[1]


def test_one_number_moves_every_port_of_a_stack() -> None:
    here = wanted_ports(ports({}), kafka=True, postgres=True)
    there = wanted_ports(ports({"HANDRAISE_PORT_BASE": "7500"}), kafka=True, postgres=True)
    assert {use: port + 100 for use, port in here.items()} == there


def test_no_two_parts_of_a_stack_share_a_port() -> None:
    numbers = wanted_ports(ports_from(7400), kafka=True, postgres=True).values()
    assert len(set(numbers)) == len(numbers)


def test_servers_of_ones_own_need_no_port_here() -> None:
    assert (
        not {"the broker", "the database"}
        & wanted_ports(ports_from(7400), kafka=False, postgres=False).keys()
    )


@pytest.mark.parametrize("base", ["80", "65530", "7400x", "-1"])
def test_a_base_that_leaves_no_room_is_refused_by_name(base: str) -> None:
    with pytest.raises(Trouble, match=rf"HANDRAISE_PORT_BASE is '{base}'"):
        ports({"HANDRAISE_PORT_BASE": base})


def test_a_taken_port_is_named_with_its_use_its_process_and_the_way_out(taken: int) -> None:
    with pytest.raises(Trouble) as trouble:
        require_free({"the api": unused_port(), "the database": taken})
    assert f"Port {taken}, needed for the database" in trouble.value.what
    assert f"(pid {os.getpid()})" in trouble.value.what
    assert "HANDRAISE_PORT_BASE" in trouble.value.way_out


def test_free_ports_are_let_through() -> None:
    require_free({"the api": unused_port()})


def test_a_test_gets_a_port_that_no_outgoing_connection_is_given() -> None:
    port = unused_port()
    assert is_free(port)
    assert port in TEST_PORTS
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if outgoing.exists():
        assert port < int(outgoing.read_text().split()[0])
