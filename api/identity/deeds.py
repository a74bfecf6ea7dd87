"""What the audit says of a call: who made it, from which address, and what it did."""

from typing import Any

from starlette.requests import Request

from api.calls import caller_of
from kernel.directory.store import Deed


def address_of(request: Request) -> str:
    """The caller's address on the network; behind a proxy that is trusted, the one it names."""
    return request.client.host if request.client else ""


def deed_of(request: Request, action: str, subject: str | None = None, **detail: Any) -> Deed:
    """What whoever calls does; no subject means what comes into being."""
    return Deed(
        actor=caller_of(request).id,
        action=action,
        address=address_of(request),
        subject=subject,
        detail={name: value for name, value in detail.items() if value is not None},
    )
