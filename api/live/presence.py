"""Who is looking at a request just now: kept in memory, and told to the other api processes.

Nothing of it is written down. Each look is a NOTIFY that every process hears, its own included; who
was not heard of for 30 seconds is gone. A process that hears nothing knows only its own visitors.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import asyncpg
import orjson

from kernel.postgres import away
from kernel.telemetry import logger

log = logger()
CHANNEL = "handraise_presence"
GONE_AFTER_SECONDS = 30.0
MAX_REQUESTS = 10_000
MAX_LOOKERS = 50

Place = tuple[str, str]


class Presence:
    """Who looks at what, by tenant and request.

    `now` gives seconds of a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: defaultdict[Place, dict[str, float]] = defaultdict(dict)

    def note(self, tenant: str, request_id: str, person: str) -> None:
        """Someone looks at a request now."""
        if len(self._until) >= MAX_REQUESTS:
            self.tidy()
        lookers = self._until[tenant, request_id]
        if person in lookers or len(lookers) < MAX_LOOKERS:
            lookers[person] = self._now() + GONE_AFTER_SECONDS

    def leave(self, tenant: str, request_id: str, person: str) -> None:
        """Someone looks at it no more."""
        self._until.get((tenant, request_id), {}).pop(person, None)

    def lookers(self, tenant: str, request_id: str) -> tuple[str, ...]:
        """Those who look at a request, in the order in which they came."""
        known = self._until.get((tenant, request_id), {})
        return tuple(person for person, until in known.items() if until > self._now())

    async def look(self, pool: Any, tenant: str, request_id: str, person: str) -> None:
        """Notes it here, and tells the others; where they can't be told, it is known here."""
        self.note(tenant, request_id, person)
        told = orjson.dumps([tenant, request_id, person]).decode()
        try:
            await pool.fetchval("SELECT pg_notify($1, $2)", CHANNEL, told)
        except (*away, asyncpg.PostgresError) as error:
            log.warning("a look was not told", error=str(error))

    def hear(self, payload: str) -> None:
        """Notes what a process has told."""
        tenant, request_id, person = orjson.loads(payload)
        self.note(tenant, request_id, person)

    def tidy(self) -> None:
        """Forgets those who are gone."""
        now = self._now()
        for place, lookers in list(self._until.items()):
            for person in [p for p, until in lookers.items() if until <= now]:
                del lookers[person]
            if not lookers:
                del self._until[place]
