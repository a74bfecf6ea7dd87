"""Standing rules of tenants: made, listed, changed and revoked by people, read at each opening."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from kernel.directory.cache import ReadThrough
from kernel.directory.standing_rule import Match, Mode, StandingRule
from kernel.directory.store import Deed, Store
from kernel.errors import Invalid, NotFound, Unavailable
from kernel.validation import flawed

MOST_PER_KIND = 200
_valid = "r.revoked_at IS NULL AND r.valid_until > now()"
_select = (
    "SELECT r.*, coalesce(p.roles, '{}') AS maker_roles, coalesce(p.is_active, false) AS active,"
    " EXISTS (SELECT FROM directory.links AS l WHERE l.tenant = r.tenant AND l.owner = r.asker"
    " AND l.person = r.made_by) AS linked FROM directory.standing_rules AS r"
    " LEFT JOIN directory.people AS p ON p.id = r.made_by AND p.tenant = r.tenant"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rules are listed: those that hold now or all, and those behind a place."""

    tenant: str
    valid_only: bool = True
    kind: str | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


class StandingRules:
    """The standing rules of all tenants."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._rules = ReadThrough(self._load, now=now)

    async def holding(self, tenant: str, kind: str) -> Sequence[StandingRule]:
        """The rules that hold for a kind now; what was revoked is gone within 5 s.

        There are none where Postgres is away: then people are asked. So are they where whoever made
        a rule is not active any more.
        """
        return await self._rules.get((tenant, kind))

    async def take(self, rule: StandingRule, request_id: str) -> bool:
        """Gives a request one of a rule's uses; False where there is none left, or no such rule.

        The same request has the same use however often it asks. Of a limited rule never more are
        given than it has, whoever else asks at the same time.
        """
        if rule.max_uses is None or rule.mode is Mode.SHADOW:
            return True
        try:
            row = await self._store.of(rule.tenant).row(
                "WITH had AS (SELECT FROM directory.standing_rule_uses"  # noqa: S608 # a condition from code
                " WHERE rule = $1 AND request_id = $2 AND tenant = $3),"
                " took AS (UPDATE directory.standing_rules AS r SET taken = taken + 1"
                f" WHERE id = $1 AND tenant = $3 AND {_valid} AND taken < max_uses"
                " AND NOT EXISTS (SELECT FROM had) RETURNING id),"
                " kept AS (INSERT INTO directory.standing_rule_uses (rule, request_id, tenant)"
                " SELECT id, $2, $3 FROM took ON CONFLICT DO NOTHING)"
                " SELECT EXISTS (SELECT FROM had) OR EXISTS (SELECT FROM took) AS given",
                rule.id,
                request_id,
                rule.tenant,
            )
        except Unavailable:
            return False
        return row is not None and row["given"]

    async def put(self, rule: StandingRule, deed: Deed) -> StandingRule:
        """Keeps a new rule.

        Raises:
            Invalid: the kind has too many that hold, or there is no such tenant.
            Unavailable: Postgres is away.
        """
        try:
            row = await self._store.of(rule.tenant).row(
                "INSERT INTO directory.standing_rules (id, tenant, kind, principal_id, asker,"  # noqa: S608 # a condition from code
                " matches, decision, comment, valid_until, max_uses, mode, made_by, made_from)"
                " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13"
                " WHERE (SELECT count(*) FROM directory.standing_rules AS r"
                f" WHERE tenant = $2 AND kind = $3 AND {_valid}) < {MOST_PER_KIND:d}"
                " RETURNING id",
                rule.id,
                rule.tenant,
                rule.kind,
                rule.principal_id,
                rule.asker,
                [[match.pointer, match.value] for match in rule.matches],
                rule.decision,
                rule.comment,
                rule.valid_until,
                rule.max_uses,
                rule.mode,
                rule.made_by,
                rule.made_from,
                deed=deed,
            )
        except asyncpg.ForeignKeyViolationError:
            raise Invalid("there is no such tenant") from None
        if row is None:
            raise flawed("/type", f"the kind has {MOST_PER_KIND} rules; revoke some first")
        self._rules.forget((rule.tenant, rule.kind))
        return await self.get(rule.tenant, rule.id)

    async def get(self, tenant: str, rule_id: str) -> StandingRule:
        """The tenant's rule of this id, whether it still holds or not.

        Raises:
            NotFound: it has none such.
            Unavailable: Postgres is away.
        """
        return _rule(
            await self._store.of(tenant).row(
                f"{_select} WHERE r.tenant = $1 AND r.id = $2", tenant, rule_id
            )
        )

    async def list(self, wanted: Wanted) -> list[StandingRule]:
        """Rules of a tenant, the newest first.

        Raises:
            Unavailable: Postgres is away.
        """
        at, rule_id = wanted.before or (None, None)
        rows = await self._store.of(wanted.tenant).rows(
            f"{_select} WHERE r.tenant = $1 AND (NOT $2::boolean OR ({_valid}))"
            " AND ($3::text IS NULL OR r.kind = $3)"
            " AND ($4::timestamptz IS NULL OR (r.made_at, r.id) < ($4, $5::text))"
            " ORDER BY r.made_at DESC, r.id DESC LIMIT $6",
            wanted.tenant,
            wanted.valid_only,
            wanted.kind,
            at,
            rule_id,
            wanted.limit,
        )
        return [_rule(row) for row in rows]

    async def set_mode(self, rule: StandingRule, mode: Mode, deed: Deed) -> StandingRule:
        """Makes a version of a rule that decides, or one in shadow; whoever does answers for it.

        Raises:
            NotFound: it holds no more, or has changed since it was read.
            Unavailable: Postgres is away.
        """
        row = await self._store.of(rule.tenant).row(
            "UPDATE directory.standing_rules AS r SET mode = $4, made_by = $5,"  # noqa: S608 # a condition from code
            " version = version + 1 WHERE id = $1 AND tenant = $2 AND version = $3"
            f" AND {_valid} RETURNING id",
            rule.id,
            rule.tenant,
            rule.version,
            mode,
            deed.actor,
            deed=deed,
        )
        self._rules.forget((rule.tenant, rule.kind))
        if row is None:
            raise NotFound("this rule holds no more, or was changed meanwhile")
        return await self.get(rule.tenant, rule.id)

    async def revoke(self, rule: StandingRule, deed: Deed) -> StandingRule:
        """Ends a rule, everywhere within 5 s; one that has ended stays as it is.

        Raises:
            Unavailable: Postgres is away.
        """
        await self._store.of(rule.tenant).row(
            "UPDATE directory.standing_rules SET revoked_at = now(), revoked_by = $3"
            " WHERE id = $1 AND tenant = $2 AND revoked_at IS NULL RETURNING id",
            rule.id,
            rule.tenant,
            deed.actor,
            deed=deed,
        )
        self._rules.forget((rule.tenant, rule.kind))
        return await self.get(rule.tenant, rule.id)

    async def _load(self, key: tuple[str, str]) -> Sequence[StandingRule]:
        tenant, kind = key
        try:
            rows = await self._store.of(tenant).rows(
                f"{_select} WHERE r.tenant = $1 AND r.kind = $2 AND {_valid} AND p.is_active"
                " AND (r.max_uses IS NULL OR r.mode = 'shadow' OR r.taken < r.max_uses)"
                " ORDER BY r.made_at, r.id LIMIT $3",
                tenant,
                kind,
                MOST_PER_KIND,
            )
        except Unavailable:
            # A rule that may have been revoked meanwhile must not decide.
            return ()
        return tuple(_rule(row) for row in rows)


def _rule(row: Any | None) -> StandingRule:
    if row is None:
        raise NotFound("there is no such standing rule")
    names = (
        "id", "tenant", "version", "kind", "principal_id", "asker", "decision", "comment",
        "valid_until", "max_uses", "made_by", "made_at", "made_from", "linked", "revoked_at",
        "revoked_by",
    )  # fmt: skip
    return StandingRule(
        matches=tuple(Match(pointer, value) for pointer, value in row["matches"]),
        mode=Mode(row["mode"]),
        maker_roles=tuple(row["maker_roles"]),
        **{name: row[name] for name in names},
    )
