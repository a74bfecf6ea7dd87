"""A request as its writer judges it: state and rules, as of what the view has read."""

from typing import Any

from event_schemas.types import Policy, RequestState
from kernel.codec import decode_as
from kernel.request.model import Request
from projections.json_text import plain


async def judged(pool: Any, tenant: str, request_id: str) -> Request | None:
    """The request, or None if the tenant has none of this id."""
    row = await pool.fetchrow(
        "SELECT r.word AS state, p.word AS policy FROM inbox.request AS r"
        " JOIN inbox.policy AS p USING (policy_id) WHERE r.request_id = $1 AND r.tenant = $2",
        plain(request_id),
        tenant,
    )
    if row is None:
        return None
    return Request(decode_as(RequestState, row["state"]), decode_as(Policy, row["policy"]))
