"""The ports of the stack, and the question whether they are free."""

import contextlib
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from deploy.local.trouble import Trouble

HOST = "127.0.0.1"
DEFAULT_BASE = 7400
BASES = range(1024, 65_500)

# Below every system's range for outgoing connections: a client that keeps trying to reach a
# stopped server could otherwise be given the server's own port as its source, and hold it.
TEST_PORTS = range(15_000, 32_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Every port of one stack that is not a service's; `base` is where services count from."""

    base: int
    api: int
    kafka: int
    kafka_controller: int
    postgres: int
    smtp: int
    mail_http: int


def ports_from(base: int) -> Ports:
    """The ports of the stack whose first port is `base`."""
    return Ports(
        base=base,
        api=base,
        kafka=base + 1,
        kafka_controller=base + 2,
        postgres=base + 3,
        smtp=base + 4,
        mail_http=base + 5,
    )


def ports(environ: Mapping[str, str]) -> Ports:
    """The ports that `HANDRAISE_PORT_BASE` asks for; raises Trouble when it is not a port."""
    text = environ.get("HANDRAISE_PORT_BASE") or str(DEFAULT_BASE)
    if not text.isdecimal() or int(text) not in BASES:
        raise Trouble(
            f"HANDRAISE_PORT_BASE is {text!r}, which is no usable port.",
            f"Set it to a number from {BASES.start} to {BASES.stop - 1}, such as {DEFAULT_BASE}.",
        )
    return ports_from(int(text))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str | None:
    """The process that listens on `port`, as "name (pid 1)", or None where we may not know."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            address = connection.laddr
            if not address or connection.status != psutil.CONN_LISTEN or not connection.pid:
                continue
            if address.port == port:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return None


def require_free(wanted: Mapping[str, int]) -> None:
    """Raise Trouble naming the first port of `wanted` (use -> port) that is taken, and by whom."""
    for use, port in wanted.items():
        if not is_free(port):
            by = holder(port)
            raise Trouble(
                f"Port {port}, needed for {use}, is taken{f' by {by}' if by else ''}.",
                "Stop that process, or choose other ports with HANDRAISE_PORT_BASE=7500.",
            )


def unused_port() -> int:
    """A free port for a server of a test, one that no outgoing connection is given."""
    while True:
        port = secrets.choice(TEST_PORTS)
        if is_free(port):
            return port
