"""The delivery rows in Postgres: put in once, claimed by one worker at a time, settled, reported.

All times are the database's, so that every worker means the same moment. Every method raises
`Unavailable` while the database is away.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import orjson

from kernel.errors import Unavailable
from kernel.outbound.database import Database
from kernel.outbound.delivery import Attempt, Delivery, Standing
from kernel.outbound.lanes import Lanes
from kernel.outbound.statements import (
    CLAIM,
    GIVE_BACK,
    GIVE_UP,
    INSERT,
    MARK_REPORTED,
    OF_EVENTS,
    RELEASE,
    RENEW,
    SETTLE,
    UNREPORTED,
    WITHDRAW,
    WITHDRAW_FROM_OTHERS,
)

LEASE_SECONDS = 8.0
LATER = timedelta(seconds=1)
# A settled delivery that is not reported after this long was left behind by a dead worker.
REPORT_AFTER_SECONDS = 5.0
GIVE_UP_BATCH = 500


class DeliveryStore:
    """The deliveries of one service, as one worker sees them."""

    def __init__(self, database: Database, service: str, worker: str) -> None:
        """A store for `service`; `worker` names this process among those of the service."""
        self._database = database
        self._service = service
        self._worker = worker

    async def insert(self, new: Sequence[Delivery], claimed: Iterable[str]) -> set[str]:
        """Puts in those not there yet, and gives their ids; `claimed` are held by this worker."""
        ours = set(claimed)
        rows = sorted(new, key=lambda delivery: delivery.id)
        columns = [
            [row.id for row in rows],
            [row.tenant for row in rows],
            [row.request_id for row in rows],
            [row.event_id for row in rows],
            [row.event for row in rows],
            [row.channel for row in rows],
            [row.target for row in rows],
            [row.lane for row in rows],
            [row.payload for row in rows],
            [row.secret_ref for row in rows],
            [row.standing.value for row in rows],
            [row.error for row in rows],
            [row.id in ours for row in rows],
            [row.traceparent for row in rows],
            [row.person for row in rows],
            [row.informs for row in rows],
            [row.summary_id for row in rows],
            [row.fallback_of for row in rows],
            [row.due_at for row in rows],
        ]
        added = await self._database.fetch(
            INSERT, *columns, self._service, self._worker, LEASE_SECONDS
        )
        return {str(row["id"]) for row in added}

    async def claim(self, lanes: Lanes) -> list[Delivery]:
        """Claims due deliveries whose lanes have room, oldest first, and takes their places."""
        room, places = lanes.room, lanes.places()
        if room <= 0:
            return []
        rows = await self._database.fetch(
            CLAIM,
            self._service,
            list(places),
            list(places.values()),
            lanes.usual_places,
            room,
            self._worker,
            LEASE_SECONDS,
        )
        lanes.claimed(Counter(row["lane"] for row in rows), places)
        # Meanwhile the courier may have taken the places for deliveries that are new.
        fitting = [delivery_of(row) for row in rows if lanes.take(row["lane"])]
        if len(fitting) < len(rows):
            kept = {one.id for one in fitting}
            # What can't be given back now lapses; what fits has its place and must be carried.
            with suppress(Unavailable):
                await self.give_back([str(row["id"]) for row in rows if str(row["id"]) not in kept])
        return fitting

    async def give_back(self, ids: Collection[str]) -> None:
        """Lets go of deliveries that were claimed and not attempted; they stay due."""
        await self._database.execute(GIVE_BACK, list(ids), self._worker)

    async def give_up(self, lanes: Sequence[str], after_seconds: float, why: str) -> set[str]:
        """Ends what waited too long at these lanes; gives the events whose deliveries changed."""
        rows = await self._database.fetch(
            GIVE_UP, self._service, list(lanes), after_seconds, why, GIVE_UP_BATCH
        )
        return {row["event_id"] for row in rows}

    async def renew(self, ids: Sequence[str]) -> None:
        """Keeps claims that this worker still holds from lapsing."""
        await self._database.execute(RENEW, list(ids), self._worker, LEASE_SECONDS)

    async def release(self) -> None:
        """Lets go of all claims of this worker, so that others need not wait for them to lapse."""
        await self._database.execute(RELEASE, self._service, self._worker)

    async def settle(self, attempts: Sequence[Attempt], reported: Collection[str]) -> set[str]:
        """Keeps attempts and what follows from them; gives the events that changed unreported.

        A success counts whoever made it; a failure only while this worker holds the claim.
        `reported` are the ids of deliveries whose success the core was told of already.
        """
        rows = sorted(attempts, key=lambda attempt: attempt.delivery.id)
        columns = [
            [row.delivery.id for row in rows],
            [row.started_at for row in rows],
            [row.duration_ms for row in rows],
            [row.result.status_code for row in rows],
            [row.error for row in rows],
            [row.excerpt for row in rows],
            [row.provider_id for row in rows],
            [_json(row.result.headers) for row in rows],
            [row.result.course.address for row in rows],
            [row.result.course.dns_ms for row in rows],
            [row.result.course.connect_ms for row in rows],
            [row.result.course.first_byte_ms for row in rows],
            [row.standing.value for row in rows],
            [row.delay_seconds for row in rows],
            [row.delivery.id in reported for row in rows],
            [row.result.provider for row in rows],
        ]
        changed = await self._database.fetch(SETTLE, *columns, self._worker)
        return {row["event_id"] for row in changed if not row["reported"]}

    async def notices(self, events: Iterable[str]) -> list[list[Delivery]]:
        """The unreported deliveries of each of these events, an event's together."""
        return _by_event(await self._database.fetch(OF_EVENTS, self._service, list(events)))

    async def unreported(self, limit: int = 200) -> set[str]:
        """Events with a settled delivery that nobody reported for a while."""
        rows = await self._database.fetch(UNREPORTED, self._service, REPORT_AFTER_SECONDS, limit)
        return {row["event_id"] for row in rows}

    async def mark_reported(self, events: Iterable[str]) -> None:
        """Notes that the core was told of these events' deliveries."""
        await self._database.execute(MARK_REPORTED, self._service, list(events))

    async def withdraw(self, request_ids: Iterable[str]) -> None:
        """Drops what still waits to ask for these requests; it needs no report."""
        await self._database.execute(WITHDRAW, self._service, list(request_ids))

    async def withdraw_from_others(self, request_id: str, person: str) -> None:
        """Drops what still waits to ask other people for a request that this one has now."""
        await self._database.execute(WITHDRAW_FROM_OTHERS, self._service, request_id, person)


def delivery_of(row: Any) -> Delivery:
    """A delivery from its row."""
    return Delivery(
        id=str(row["id"]),
        service=row["service"],
        tenant=row["tenant"],
        request_id=row["request_id"],
        event_id=row["event_id"],
        event=row["event"],
        channel=row["channel"],
        target=row["target"],
        lane=row["lane"],
        payload=row["payload"],
        secret_ref=row["secret_ref"],
        standing=Standing(row["status"]),
        attempts=row["attempts"],
        tries=row["tries"],
        status_code=row["status_code"],
        error=row["error"],
        traceparent=row["traceparent"],
        person=row["person"],
        due_at=_planned(row),
        informs=row["informs"],
        summary_id=row["summary_id"] and str(row["summary_id"]),
        fallback_of=row["fallback_of"] and str(row["fallback_of"]),
    )


def _planned(row: Any) -> datetime | None:
    """When the first attempt may be made, where that was not at once."""
    later = row["going_since"] - row["created_at"] > LATER
    return row["going_since"] if later and not row["attempts"] else None


def _json(headers: Mapping[str, str] | None) -> str | None:
    return None if headers is None else orjson.dumps(headers).decode()


def _by_event(rows: Iterable[Any]) -> list[list[Delivery]]:
    events: dict[str, list[Delivery]] = {}
    for row in rows:
        events.setdefault(row["event_id"], []).append(delivery_of(row))
    return list(events.values())
