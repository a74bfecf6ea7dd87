"""Servers of one's own: what the environment says of a broker and database not to be started."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from deploy.local.kafka_probe import reachable
from deploy.local.ports import HOST, Ports
from deploy.local.postgres_probe import database_answers
from deploy.local.trouble import Trouble

POSTGRES_PORT = 5432
LOOPBACK = {HOST, "localhost", "::1"}


def outside_kafka(environ: Mapping[str, str], ports: Ports) -> str | None:
    """`HANDRAISE_KAFKA`, if it names a broker other than the stack's own.

    A shell that has read dev.env has the stack's own broker in it.
    """
    given = environ.get("HANDRAISE_KAFKA", "")
    return given if given and given != f"{HOST}:{ports.kafka}" else None


def outside_postgres(environ: Mapping[str, str], ports: Ports) -> str | None:
    """`HANDRAISE_PG_DSN`, if it names a database other than the stack's own."""
    given = environ.get("HANDRAISE_PG_DSN", "")
    if not given:
        return None
    host, port = _host_and_port(given)
    return None if host in LOOPBACK and port == ports.postgres else given


def require_outside(kafka: str | None, postgres_dsn: str | None) -> None:
    """Raise Trouble when a server of one's own does not answer."""
    if kafka and not any(map(_kafka_reachable, kafka.split(","))):
        raise Trouble(
            f"Nothing answers at {kafka}, the broker that HANDRAISE_KAFKA names.",
            "Start it, or unset HANDRAISE_KAFKA to use the embedded one.",
        )
    if postgres_dsn and not database_answers(*_host_and_port(postgres_dsn)):
        host, port = _host_and_port(postgres_dsn)
        raise Trouble(
            f"Nothing answers at {host}:{port}, the database that HANDRAISE_PG_DSN names.",
            "Start it, or unset HANDRAISE_PG_DSN to use the embedded one.",
        )


def _kafka_reachable(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    return port.isdecimal() and reachable(host, int(port))


def _host_and_port(dsn: str) -> tuple[str, int]:
    parts = urlsplit(dsn)
    return parts.hostname or "localhost", parts.port or POSTGRES_PORT
