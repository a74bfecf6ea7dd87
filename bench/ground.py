"""Ground of its own for a measurement: a fresh topic prefix and database on the servers there."""

import logging
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from kernel.kafka import create_topics
from kernel.postgres import migrate
from kernel.settings import Settings

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
PORT_BASE = 7440


@asynccontextmanager
async def fresh_ground(
    components: Sequence[tuple[str, Path]], **over: Any
) -> AsyncGenerator[Settings]:
    """Settings under a new prefix, with topics made and the components' migrations run.

    The servers are those of HANDRAISE_KAFKA and HANDRAISE_PG_DSN. The database is dropped
    afterwards; the topics stay until the stack is reset.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # new topics have no leader at first
    given = Settings.load()
    name = f"bench_{secrets.token_hex(4)}"
    admin = await asyncpg.connect(given.pg_dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    dsn = urlsplit(given.pg_dsn)._replace(path=f"/{name}").geturl()
    own = {"pg_dsn": dsn, "topic_prefix": f"{name}.", "port_base": PORT_BASE, "local": True}
    settings = given.model_copy(update={**own, **over})
    try:
        await create_topics(settings)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool:
            for component, folder in components:
                await migrate(pool, component, folder)
        yield settings
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@contextmanager
def process(settings: Settings, module: str) -> Generator[int]:
    """The pid of `python -m <module>`, killed when the block ends; its log is dropped."""
    said = settings.model_dump(exclude_defaults=True)
    own = {f"HANDRAISE_{name.upper()}": str(value) for name, value in said.items()}
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'sdk'}"}
    running = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **own, **path},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield running.pid
    finally:
        running.kill()
        running.wait()


def cpu_seconds(pid: int) -> float:
    """CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mb(pid: int) -> float:
    """Memory that a process has in RAM now (10^6 bytes)."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / 1e6
