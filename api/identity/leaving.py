"""Gives back what people held who were deactivated, and sweeps up what identity keeps for a time.

For each of them a row stands in Postgres until nothing is theirs any more, so that a crash loses
nothing. What they held is released by a command to the writer, in the name of whoever deactivated
them; the event says why, and those who may answer see the request again.
"""

import asyncio
from datetime import timedelta

from api.errors import views_away
from api.log_ends import LogEnds
from api.sending import Commands
from event_schemas.types import Refusal, Release
from kernel.clock import Clock
from kernel.commands import command_for
from kernel.directory.departures import Departure, pause_seconds
from kernel.directory.directory import Directory
from kernel.directory.principals import actor_for
from kernel.errors import HandraiseError, Unavailable
from kernel.ids import command_id_for
from kernel.telemetry import logger
from projections.inbox.filters import Filters
from projections.inbox.queries import InboxQueries
from projections.inbox.shown import RequestLine
from projections.inbox.sorting import Sort

log = logger()
LOOK_SECONDS = 1.0
SETTLED = timedelta(seconds=10)
"""After so long nobody can have given them more: other processes know that they left."""
AT_A_TIME = 50
SWEEP_SECONDS = 3600.0


class Leaving:
    """The part that works off departures; several replicas may."""

    def __init__(
        self,
        directory: Directory,
        inbox: InboxQueries,
        commands: Commands,
        log_ends: LogEnds,
        clock: Clock,
        *,
        look_seconds: float = LOOK_SECONDS,
        settled: timedelta = SETTLED,
    ) -> None:
        self._directory = directory
        self._inbox = inbox
        self._commands = commands
        self._log_ends = log_ends
        self._clock = clock
        self._look_seconds = look_seconds
        self._settled = settled

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            try:
                while await self.work_off_one():
                    pass
            except HandraiseError as error:
                log.warning("departures wait", error=str(error))
            await asyncio.sleep(self._look_seconds)

    async def work_off_one(self) -> bool:
        """Works on one departure, if one is due.

        Raises:
            Unavailable: Postgres is away; the departure is looked at again in a while.
        """
        departures = self._directory.departures
        departure = await departures.take()
        if departure is None:
            return False
        settled = self._clock() - departure.left_at > self._settled
        # A view that lags may not show what they took last.
        try:
            all_shown = settled and await self._log_ends.are_in(self._inbox.positions)
            held = await self._held(departure)
        except views_away as error:
            raise Unavailable("what somebody held can't be read now") from error
        released = 0
        try:
            for line in held:
                released += await self._release(departure, line)
        except HandraiseError as error:
            log.warning("what somebody held is not all given back", error=str(error))
        if not held and all_shown:
            await departures.done(departure)
        elif released == len(held):
            await departures.again(departure, released, in_seconds=self._look_seconds)
        else:
            pause = pause_seconds(departure.attempts)
            await departures.again(departure, released, in_seconds=pause)
        return True

    async def _held(self, departure: Departure) -> tuple[RequestLine, ...]:
        filters = Filters(open_only=True, assigned_person=departure.person)
        page = await self._inbox.page(departure.tenant, filters, sort=Sort.OLDEST, limit=AT_A_TIME)
        return tuple(page.items)

    async def _release(self, departure: Departure, line: RequestLine) -> bool:
        """Whether the request is theirs no more."""
        body = Release(
            reason=f"{departure.name} is not here any more", from_person=departure.person
        )
        command = command_for(
            body,
            request_id=line.id,
            actor=actor_for(departure.by, "api"),
            now=self._clock(),
            # The same for each try at this state of the request, so that one release comes of it.
            command_id=command_id_for(departure.id, "leaving", line.id, str(line.version)),
        )
        reply = await self._commands.ask(command)
        if reply is None:
            raise Unavailable("a release was not answered in time")
        refusal: Refusal | None = reply.refusal
        if refusal is not None:
            log.info("a release was refused", request_id=line.id, reason=refusal.reason)
        return refusal is None


class Broom:
    """The part that removes old rows of the audit now and then; several replicas may."""

    def __init__(self, directory: Directory, every_seconds: float = SWEEP_SECONDS) -> None:
        self._directory = directory
        self._every_seconds = every_seconds

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            try:
                while await self._directory.audit.forget():
                    pass
            except HandraiseError as error:
                log.warning("old rows of the audit stay for now", error=str(error))
            await asyncio.sleep(self._every_seconds)
