"""Runs the errands: the webhook and tickets, each until it succeeded, with growing pauses."""

import json
import logging
import time
from datetime import timedelta
from typing import Any, Final

import httpx
from handraise.webhooks import sign

from examples.ad_tasks.config import Config
from examples.ad_tasks.errands import What
from examples.ad_tasks.tasks import HumanTask
from examples.ad_tasks.tickets.port import TicketSystem, TicketTrouble

_log = logging.getLogger("ad_tasks")

_PAUSES: Final = tuple(timedelta(seconds=one) for one in (2, 10, 60, 300, 1800))
_TIMEOUT_SECONDS: Final = 10


class Courier:
    """Does what is due. Several may run: each errand is locked while it is run."""

    def __init__(
        self,
        pool: Any,
        http: httpx.AsyncClient,
        config: Config,
        *,
        secret: str,
        tickets: TicketSystem | None,
    ) -> None:
        """`secret` signs what the webhook gets, as callbacks are signed."""
        self._pool = pool
        self._http = http
        self._config = config
        self._secret = secret
        self._tickets = tickets

    async def run_due(self) -> None:
        """Run all that is due by now."""
        while await self._run_one():
            pass

    async def _run_one(self) -> bool:
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT * FROM errands WHERE done_at IS NULL AND due_at <= now()"
                " ORDER BY due_at, made_at FOR UPDATE SKIP LOCKED LIMIT 1"
            )
            if row is None:
                return False
            try:
                await self._run(connection, What(row["what"]), row["errand_id"], row["body"])
            except (httpx.HTTPError, TicketTrouble) as error:
                pause = _PAUSES[min(row["tries"], len(_PAUSES) - 1)]
                await connection.execute(
                    "UPDATE errands SET tries = tries + 1, error = $2,"
                    " due_at = now() + $3::interval WHERE errand_id = $1",
                    row["errand_id"],
                    f"{type(error).__name__}: {error}"[:500],
                    pause,
                )
            else:
                await connection.execute(
                    "UPDATE errands SET tries = tries + 1, error = NULL, done_at = now()"
                    " WHERE errand_id = $1",
                    row["errand_id"],
                )
            return True

    async def _run(self, connection: Any, what: What, errand_id: str, body: dict[str, Any]) -> None:
        match what:
            case What.WEBHOOK:
                await self._post(errand_id, body)
            case What.ALERT:
                _log.warning("alert %s", json.dumps(body, ensure_ascii=False))
            case What.TICKET_OPEN:
                await self._key_of(connection, HumanTask.model_validate(body))
            case What.TICKET_CLOSE:
                await self._close(connection, HumanTask.model_validate(body))

    async def _post(self, errand_id: str, body: dict[str, Any]) -> None:
        if self._config.hitl_webhook_url is None:
            return
        content = json.dumps(body).encode()
        signed = sign(self._secret, webhook_id=errand_id, timestamp=int(time.time()), body=content)
        answer = await self._http.post(
            self._config.hitl_webhook_url,
            content=content,
            headers={"Content-Type": "application/json", **signed},
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()

    async def _key_of(self, connection: Any, task: HumanTask) -> str | None:
        """The key of a task's ticket, which is opened where there is none."""
        if self._tickets is None:
            return None
        # Opening and closing may be run by two at once, and shall not open two.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", task.task_id)
        known = await connection.fetchval(
            "SELECT key FROM tickets WHERE task_id = $1", task.task_id
        )
        if known is not None:
            return known
        key = await self._tickets.open(task)
        await connection.execute(
            "INSERT INTO tickets (task_id, key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            task.task_id,
            key,
        )
        return key

    async def _close(self, connection: Any, task: HumanTask) -> None:
        key = await self._key_of(connection, task)
        if self._tickets is not None and key is not None:
            await self._tickets.close(key, task)
            await connection.execute(
                "UPDATE tickets SET closed = true WHERE task_id = $1", task.task_id
            )
