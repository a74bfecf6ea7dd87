"""The failures that people look at, and the queue of them, in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

_FAILURE = """f.id::text AS id, f.account_id, a.username, a.status AS account_status, f.phase,
    f.type, f.reason, f.action, f.at, f.up_to_action, f.retry_count, f.url, f.page_text,
    f.screenshot IS NOT NULL AS has_screenshot, f.priority, f.why, f.state, f.request_id, f.asks,
    f.attachment_id"""
_FROM = "FROM failures f JOIN accounts a ON a.id = f.account_id"
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failure as it was taken down, and its account as it stands now."""

    id: str
    account_id: int
    username: str
    account_status: str
    phase: str
    type: str
    reason: str
    action: str
    at: datetime
    up_to_action: int
    retry_count: int
    url: str
    page_text: str
    has_screenshot: bool
    priority: str
    why: str
    state: str
    request_id: str | None
    asks: int
    attachment_id: str | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for a person."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A line of the queue: the failure, and the last thing that the bot did before it."""

    failure: Failure
    last_action: str
    last_action_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the queue is narrowed to; the status `any` shows every account that ever failed."""

    type: str = ""
    status: str = "review_required"
    older_than_minutes: int = 0
    username: str = ""


class Reviews:
    """Reads failures, and notes how they were asked about."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def get(self, failure_id: str) -> Failure | None:
        """A failure by its id."""
        row = await self._pool.fetchrow(
            f"SELECT {_FAILURE} {_FROM} WHERE f.id::text = $1",
            failure_id,
        )
        return None if row is None else Failure(**dict(row))

    async def open_of(self, account_id: int) -> Failure | None:
        """The failure for which an account waits."""
        row = await self._pool.fetchrow(
            f"SELECT {_FAILURE} {_FROM} WHERE f.account_id = $1 AND f.state = 'open'",
            account_id,
        )
        return None if row is None else Failure(**dict(row))

    async def open(self) -> list[Failure]:
        """All failures that wait for a person."""
        rows = await self._pool.fetch(
            f"SELECT {_FAILURE} {_FROM} WHERE f.state = 'open' ORDER BY f.at"
        )
        return [Failure(**dict(row)) for row in rows]

    async def queue(self, filters: Filters) -> list[QueueRow]:
        """The latest failure of each account, the most urgent first, then the oldest."""
        rows = await self._pool.fetch(
            f"SELECT {_FAILURE}, concat_ws(' ', l.action, l.target) AS last_action,"  # noqa: S608
            f" l.at AS last_action_at {_FROM} LEFT JOIN LATERAL (SELECT action, target, at"
            " FROM actions WHERE account_id = f.account_id AND id <= f.up_to_action"
            " AND actor = 'bot' AND action NOT IN ('try_again', 'ask_a_person')"
            " ORDER BY id DESC LIMIT 1) l ON true"
            " WHERE f.id = (SELECT id FROM failures WHERE account_id = a.id"
            " ORDER BY at DESC LIMIT 1)"
            " AND ($1 = '' OR f.type = $1) AND ($2 = 'any' OR a.status = $2)"
            " AND f.at <= now() - make_interval(mins => $3)"
            " AND strpos(lower(a.username), lower($4)) > 0"
            " ORDER BY f.state = 'open' DESC,"
            " array_position(ARRAY['urgent', 'high', 'medium', 'low'], f.priority), f.at"
            f" LIMIT {_MOST_ROWS}",
            filters.type,
            filters.status,
            filters.older_than_minutes,
            filters.username,
        )
        return [_row(dict(row)) for row in rows]

    async def screenshot(self, failure_id: str) -> bytes | None:
        """The picture of the page as the bot left it: a PNG."""
        return await self._pool.fetchval(
            "SELECT screenshot FROM failures WHERE id::text = $1", failure_id
        )

    async def note_attachment(self, failure_id: str, attachment_id: str) -> None:
        """Note under which id the picture was put in."""
        await self._pool.execute(
            "UPDATE failures SET attachment_id = $2 WHERE id::text = $1", failure_id, attachment_id
        )

    async def note_asked(self, failure_id: str, asks: int, priority: str, request_id: str) -> None:
        """Note by which request a person is asked now, for which time, and how urgently."""
        await self._pool.execute(
            "UPDATE failures SET request_id = $4, asks = $2, priority = $3"
            " WHERE id::text = $1 AND asks <= $2",
            failure_id,
            asks,
            priority,
            request_id,
        )


def _row(found: dict[str, Any]) -> QueueRow:
    action, at = found.pop("last_action"), found.pop("last_action_at")
    return QueueRow(Failure(**found), action or "", at)
