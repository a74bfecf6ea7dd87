"""Keeps checkpoints in Postgres: parts first, the manifest last, two of them per partition.

A checkpoint is a fold of admitted entries and so is true whoever wrote it: there is nothing to
fence, and writing the same one twice changes nothing.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import asyncpg

from kernel.errors import Unavailable
from kernel.postgres import away, connect
from kernel.telemetry import logger
from services.request_svc.checkpoints.checkpoint import (
    Checkpoint,
    CheckpointBroken,
    load,
    state_version,
)
from services.request_svc.writing.partition import Partition

log = logger()
KEPT = 2

_PARTS = "INSERT INTO checkpoints.parts VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
_MANIFEST = (
    "INSERT INTO checkpoints.manifests (log, partition, state_version, log_offset, manifest)"
    " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
)
_NEWEST = (
    "SELECT log_offset, manifest FROM checkpoints.manifests"
    " WHERE log = $1 AND partition = $2 AND state_version = $3 ORDER BY log_offset DESC LIMIT $4"
)
_CONTENT = (
    "SELECT content FROM checkpoints.parts WHERE log = $1 AND partition = $2"
    " AND state_version = $3 AND log_offset = $4 ORDER BY part"
)
_OLD = (
    "DELETE FROM checkpoints.{table} WHERE log = $1 AND partition = $2 AND state_version = $3"
    " AND log_offset < (SELECT min(log_offset) FROM (SELECT log_offset FROM checkpoints.manifests"
    " WHERE log = $1 AND partition = $2 AND state_version = $3"
    " ORDER BY log_offset DESC LIMIT $4) newest)"
)
failures = (*away, asyncpg.PostgresError)


@dataclass(frozen=True, slots=True)
class CheckpointStore:
    """The checkpoints of one log; a database that is away costs speed, never truth."""

    dsn: str
    log: str

    async def newest(self, partition: int) -> Partition | None:
        """The latest checkpoint that verifies, or None where there is none to be had."""
        try:
            async with asyncio.timeout(60):
                return await self._newest(partition)
        except (Unavailable, *failures) as error:
            log.warning("no checkpoint can be read", partition=partition, error=str(error))
            return None

    async def _newest(self, partition: int) -> Partition | None:
        async with self._connection() as connection:
            key = (self.log, partition, state_version())
            for row in await connection.fetch(_NEWEST, *key, KEPT):
                parts = await connection.fetch(_CONTENT, *key, row["log_offset"])
                contents = tuple(part["content"] for part in parts)
                try:
                    return await asyncio.to_thread(load, row["manifest"], contents)
                except CheckpointBroken as error:
                    log.warning("checkpoint broken", partition=partition, error=str(error))
        return None

    async def write(self, partition: int, checkpoint: Checkpoint) -> bool:
        """Keeps a checkpoint; False where the database did not take it."""
        key = (self.log, partition, state_version())
        at = (*key, checkpoint.log_offset)
        try:
            async with asyncio.timeout(120), self._connection() as connection:
                for number, part in enumerate(checkpoint.parts):
                    await connection.execute(_PARTS, *at, number, part)
                await connection.execute(_MANIFEST, *at, checkpoint.manifest)
                for table in ("parts", "manifests"):
                    await connection.execute(_OLD.format(table=table), *key, KEPT)
        except (Unavailable, *failures) as error:
            log.warning("no checkpoint can be written", partition=partition, error=str(error))
            return False
        return True

    def _connection(self) -> "_OneConnection":
        return _OneConnection(self.dsn)


class _OneConnection:
    """A connection for one errand: checkpoints are rare and large."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: Any = None

    async def __aenter__(self) -> Any:
        self._pool = await connect(self._dsn, max_size=1, statement_timeout="60s")
        return await self._pool.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._pool.terminate()
