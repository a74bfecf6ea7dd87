"""Asking a PostgreSQL server whether it takes connections, without a client library."""

import socket
import struct

PROTOCOL = 3 << 16
CANNOT_CONNECT_NOW = b"57P03"


def database_answers(host: str, port: int, patience_seconds: float = 2.0) -> bool:
    """Whether the server gets as far as asking who we are (as pg_isready looks).

    One that starts, stops or recovers refuses with SQLSTATE 57P03 instead.
    """
    try:
        with socket.create_connection((host, port), timeout=patience_seconds) as connection:
            connection.settimeout(patience_seconds)
            connection.sendall(startup_message())
            return takes_connections(connection.recv(1024))
    except OSError:
        return False


def startup_message() -> bytes:
    """A startup message of protocol 3.0, for a user that need not exist."""
    parameters = b"user\0probe\0database\0postgres\0\0"
    return struct.pack(">ii", 8 + len(parameters), PROTOCOL) + parameters


def takes_connections(answer: bytes) -> bool:
    """Whether the server's first bytes mean that it is at work: it asks, or refuses this user."""
    if answer.startswith(b"E"):
        return CANNOT_CONNECT_NOW not in answer
    return answer.startswith((b"R", b"N", b"S"))
