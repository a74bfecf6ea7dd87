"""Identities: random ones, and those that follow from what they name."""

import hashlib
import uuid

NAMESPACE = uuid.UUID("6f3a9d0e-2f0b-5c1e-9a3c-1d2b7e4f8a90")


def new_id() -> str:
    """A random UUID (version 4)."""
    return str(uuid.uuid4())


def derived_id(*parts: str) -> str:
    """The UUID (version 5, RFC 9562) that the parts always give, in this order."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))


def request_id_for(tenant: str, owner: str, key: str) -> str:
    """The request that a credential's owner means by an idempotency key or ask id."""
    return derived_id("request", tenant, owner, key)


def command_id_for(owner: str, route: str, request_id: str, key: str) -> str:
    """The command that a credential's owner means by an idempotency key on one route."""
    return derived_id("command", owner, route, request_id, key)


def event_id_for(entry_hash: bytes, index: int) -> str:
    """The id of an entry's nth event (a UUID of version 8); it survives a rebase, as the hash does.

    Offsets do not: they begin again where a topic is made anew.
    """
    number = int.from_bytes(hashlib.sha256(entry_hash + index.to_bytes(4, "big")).digest()[:16])
    number = number & ~(0xF << 76) | 8 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))
