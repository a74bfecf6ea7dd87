"""The ticket system that the settings name."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from examples.ad_tasks.config import Tickets
from examples.ad_tasks.tickets.jira import Jira
from examples.ad_tasks.tickets.port import TicketSystem
from examples.ad_tasks.tickets.service_now import ServiceNow

_TIMEOUT_SECONDS = 15


@asynccontextmanager
async def ticket_system(wanted: Tickets | None) -> AsyncGenerator[TicketSystem | None]:
    """It, signed in, while the block runs; None where none is wanted."""
    if wanted is None:
        yield None
        return
    async with httpx.AsyncClient(
        base_url=wanted.url,
        auth=(wanted.user, wanted.token),
        headers={"Accept": "application/json"},
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
    ) as http:
        yield Jira(http, wanted.project) if wanted.system == "jira" else ServiceNow(http)
