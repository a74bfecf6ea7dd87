"""Asking a broker whether it does its work, without a client library."""

import socket
import struct

METADATA = 3
_CORRELATION = 7
_START_BYTES = 8


def broker_answers(host: str, port: int, patience_seconds: float = 2.0) -> bool:
    """Whether the broker lists itself as alive in its own metadata.

    A broker accepts connections and answers ApiVersions before its controller lets it work, so
    that is not asked. Wire format: Kafka protocol guide, Metadata version 1.
    """
    try:
        with socket.create_connection((host, port), timeout=patience_seconds) as connection:
            connection.settimeout(patience_seconds)
            connection.sendall(metadata_request())
            size = struct.unpack(">i", _exactly(connection, 4))[0]
            return brokers_listed(_exactly(connection, min(size, _START_BYTES))) > 0
    except (OSError, EOFError):
        return False


def metadata_request() -> bytes:
    """A framed Metadata request of version 1 that asks for no topic."""
    client = b"handraise-probe"
    header = struct.pack(">hhih", METADATA, 1, _CORRELATION, len(client)) + client
    body = header + struct.pack(">i", 0)
    return struct.pack(">i", len(body)) + body


def brokers_listed(start: bytes) -> int:
    """How many brokers the answer lists, from its first eight bytes; 0 for any other answer."""
    if len(start) < _START_BYTES:
        return 0
    correlation, brokers = struct.unpack(">ii", start)
    return brokers if correlation == _CORRELATION else 0


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise EOFError
        received += part
    return received


def reachable(host: str, port: int, patience_seconds: float = 2.0) -> bool:
    """Whether anything listens there; a broker that wants a password can't be asked for more."""
    try:
        with socket.create_connection((host, port), timeout=patience_seconds):
            return True
    except OSError:
        return False
