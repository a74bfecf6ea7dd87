"""Which callback secrets go when old callbacks are removed."""

from collections.abc import Sequence
from typing import Any

from kernel.directory.request_secrets import forget_secrets
from kernel.outbound.delivery import Delivery

_GOES_ON = "request.changes_requested"
_OWN = "request:"


async def forget_with(connection: Any, removed: Sequence[Delivery]) -> None:
    """Removes the secrets of requests whose last word was removed; those that go on keep theirs."""
    ended = {
        (one.tenant, one.request_id)
        for one in removed
        if one.event != _GOES_ON and (one.secret_ref or "").startswith(_OWN)
    }
    if ended:
        await forget_secrets(connection, ended)
