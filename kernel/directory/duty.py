"""Who is there when, as the directory keeps it: calendars, rotas, absences and skills."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from event_schemas.types import BusinessHours
from kernel.calendars import Calendar, business_hours
from kernel.clock import Clock
from kernel.directory.cache import ReadThrough
from kernel.directory.store import Store
from kernel.errors import Invalid, NotFound
from kernel.roster import Absence, Roster, Rota
from kernel.validation import flawed

MOST_CALENDARS, MOST_ROTAS = 100, 500
_HOURS_KEPT = 200


class Duty:
    """The rosters of all tenants; what is read is at most 5 s old."""

    def __init__(self, store: Store, clock: Clock, now: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._rosters = ReadThrough(self._load, now=now)
        self._hours: dict[tuple[str, str, datetime], BusinessHours] = {}

    async def roster(self, tenant: str) -> Roster:
        """What is known of a tenant's people.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        return await self._rosters.get(tenant)

    async def hours(self, tenant: str, name: str) -> BusinessHours | None:
        """The hours of one of the tenant's calendars, as of this week; None where it has none such.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        calendar = (await self.roster(tenant)).calendars.get(name)
        if calendar is None:
            return None
        today = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        key = name, calendar.version(), today
        if key not in self._hours:
            if len(self._hours) >= _HOURS_KEPT:
                self._hours.clear()
            self._hours[key] = await asyncio.to_thread(business_hours, name, calendar, today)
        return self._hours[key]

    async def put_calendar(self, tenant: str, name: str, calendar: Calendar, by: str) -> None:
        """Defines a calendar; requests that are open keep the hours they were opened with.

        Raises:
            Invalid: the tenant has too many.
            Unavailable: Postgres is away.
        """
        known = (await self.roster(tenant)).calendars
        if name not in known and len(known) >= MOST_CALENDARS:
            raise Invalid(f"a tenant has {MOST_CALENDARS} calendars at most")
        await self._put("calendars", "name", tenant, name, calendar.model_dump(mode="json"), by)

    async def put_rota(self, tenant: str, team: str, rota: Rota, by: str) -> None:
        """Says who of a team is on call.

        Raises:
            Invalid: somebody in it is nobody's name, or the tenant has too many.
            Unavailable: Postgres is away.
        """
        known = (await self.roster(tenant)).rotas
        if team not in known and len(known) >= MOST_ROTAS:
            raise Invalid(f"a tenant has {MOST_ROTAS} rotas at most")
        named = {*rota.people, *(one.person for one in rota.overrides)}
        await self._known(tenant, "/people", sorted(named))
        await self._put("rotas", "team", tenant, team, rota.model_dump(mode="json"), by)

    async def put_absence(self, tenant: str, absence: Absence, by: str) -> None:
        """Says that a person is away, in the place of what was said before.

        Raises:
            Invalid: it ends before it begins or is over, or its substitutes lead back to the person
                or are none of the tenant's.
            Unavailable: Postgres is away.
        """
        if not absence.begins_at < absence.ends_at:
            raise flawed("/ends_at", "must be after it begins")
        if absence.ends_at <= self._clock():
            raise flawed("/ends_at", "is over already")
        if absence.substitute is not None:
            await self._known(tenant, "/substitute", [absence.substitute])
        self._rosters.forget(tenant)
        circle = (await self.roster(tenant)).circle_of(absence)
        if circle:
            raise flawed("/substitute", "leads back to the absent person; name somebody else")
        await self._known(tenant, "/person", [absence.person])
        await self._store.of(tenant).row(
            "INSERT INTO directory.absences (tenant, person, begins_at, ends_at, substitute, note,"
            " updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, person)"
            " DO UPDATE SET begins_at = excluded.begins_at, ends_at = excluded.ends_at,"
            " substitute = excluded.substitute, note = excluded.note, updated_at = now(),"
            " updated_by = excluded.updated_by",
            tenant,
            absence.person,
            absence.begins_at,
            absence.ends_at,
            absence.substitute,
            absence.note,
            by,
        )
        self._rosters.forget(tenant)

    async def end_absence(self, tenant: str, person: str) -> None:
        """The person is there; it is no matter where they were.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(tenant).row(
            "DELETE FROM directory.absences WHERE tenant = $1 AND person = $2", tenant, person
        )
        self._rosters.forget(tenant)

    async def put_skills(self, tenant: str, person: str, skills: Sequence[str], by: str) -> None:
        """Says what a person knows about.

        Raises:
            NotFound: there is no such person.
            Unavailable: Postgres is away.
        """
        if await self._unknown(tenant, [person]):
            raise NotFound("there is no such person")
        await self._store.of(tenant).row(
            "INSERT INTO directory.skills (tenant, person, skills, updated_by)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, person) DO UPDATE SET"
            " skills = excluded.skills, updated_at = now(), updated_by = excluded.updated_by",
            tenant,
            person,
            sorted(set(skills)),
            by,
        )
        self._rosters.forget(tenant)

    async def _put(  # noqa: PLR0917 -- one row, by its columns
        self, table: str, key: str, tenant: str, name: str, definition: Any, by: str
    ) -> None:
        try:
            await self._store.of(tenant).row(
                f"INSERT INTO directory.{table} (tenant, {key}, definition, updated_by)"  # noqa: S608 -- names from code
                f" VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, {key}) DO UPDATE SET"
                " definition = excluded.definition, updated_at = now(),"
                " updated_by = excluded.updated_by",
                tenant,
                name,
                definition,
                by,
            )
        except asyncpg.ForeignKeyViolationError:
            raise Invalid("there is no such tenant") from None
        self._rosters.forget(tenant)

    async def _known(self, tenant: str, place: str, people: Sequence[str]) -> None:
        if unknown := await self._unknown(tenant, people):
            raise flawed(place, f"there is no active person {unknown[0]}")

    async def _unknown(self, tenant: str, people: Sequence[str]) -> list[str]:
        rows = await self._store.of(tenant).rows(
            "SELECT id FROM directory.people WHERE tenant = $1 AND is_active AND id = ANY($2)",
            tenant,
            list(people),
        )
        return sorted(set(people) - {row["id"] for row in rows})

    async def _load(self, tenant: str) -> Roster:
        calendars = await self._store.of(tenant).rows(
            "SELECT name, definition FROM directory.calendars WHERE tenant = $1", tenant
        )
        rotas = await self._store.of(tenant).rows(
            "SELECT team, definition FROM directory.rotas WHERE tenant = $1", tenant
        )
        absences = await self._store.of(tenant).rows(
            "SELECT * FROM directory.absences WHERE tenant = $1 AND ends_at > $2",
            tenant,
            self._clock(),
        )
        skills = await self._store.of(tenant).rows(
            "SELECT person, skills FROM directory.skills WHERE tenant = $1", tenant
        )
        return Roster(
            calendars={
                row["name"]: Calendar.model_validate(row["definition"]) for row in calendars
            },
            rotas={row["team"]: Rota.model_validate(row["definition"]) for row in rotas},
            absences={row["person"]: absence_from(row) for row in absences},
            skills={row["person"]: frozenset(row["skills"]) for row in skills},
        )


def absence_from(row: Any) -> Absence:
    """The absence in a row of `directory.absences`."""
    return Absence(
        person=row["person"],
        begins_at=row["begins_at"],
        ends_at=row["ends_at"],
        substitute=row["substitute"],
        note=row["note"],
    )
