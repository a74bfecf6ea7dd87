"""Lets a party that has proved who it is through to an operation, if its tenant has room."""

from starlette.requests import Request

from api.door import door_of
from api.identity.access import Operation, admit
from api.limits.pressure import Visit
from kernel.directory.principals import Principal
from kernel.tenancy import tenant_now


def enter(request: Request, principal: Principal, operation: Operation) -> None:
    """Notes who calls, counts the call, and lets it through.

    Raises:
        TooMany: this party or its tenant makes too many calls.
        NotAllowed: it may not do this.
    """
    request.state.principal = principal
    tenant_now.set(principal.tenant)
    visit: Visit = request.state.visit
    visit.belongs_to(principal.tenant)
    charge(request, 1)
    admit(principal, operation)


def charge(request: Request, calls: int) -> None:
    """Counts what a call asks for as so many calls; its answer tells what is left.

    Raises:
        TooMany: the party or its tenant makes too many.
    """
    principal: Principal = request.state.principal
    name = principal.key_id or principal.via or principal.id
    rates = door_of(request).rates
    request.state.rate_headers = rates.charge(name, principal.tenant, calls)


def watch_only(request: Request) -> None:
    """Says that the call only waits from here on.

    Raises:
        Saturated, TooMany: too many do.
    """
    visit: Visit = request.state.visit
    visit.watches()
