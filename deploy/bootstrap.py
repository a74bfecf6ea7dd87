"""Prepares what the services stand on: topics, tables and, for the local stack, a demo tenant.

    python -m deploy.bootstrap [--dev-env PATH]

Every part may be there already; running it again changes nothing that works. It prints who may
sign in, and nothing else.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.demo_tenant import demo_variables, sign_in_lines
from deploy.dev_env import read_variables, write_variables
from kernel.directory.directory import Directory
from kernel.errors import HandraiseError, Misconfigured
from kernel.kafka import create_topics
from kernel.postgres import connect, migrate
from kernel.secrets import Keyring
from kernel.settings import Settings

_root = Path(__file__).resolve().parent.parent
COMPONENTS: Mapping[str, Path] = {
    "directory": _root / "kernel" / "directory" / "migrations",
    "blobs": _root / "kernel" / "blobs" / "migrations",
    "outbound": _root / "kernel" / "outbound" / "migrations",
    "checkpoints": _root / "services" / "request_svc" / "migrations",
    "timers": _root / "services" / "timeout_svc" / "migrations",
    "notifier": _root / "services" / "notifier_svc" / "migrations",
    "inbox": _root / "projections" / "inbox" / "migrations",
    "history": _root / "projections" / "history" / "migrations",
}
"""Who has tables in Postgres, and the scripts that make them."""


async def bootstrap(settings: Settings, dev_env: Path | None = None) -> list[str]:
    """Prepares everything; gives the lines that say who may sign in.

    Raises:
        Unavailable: Kafka or Postgres is away.
        Misconfigured: the settings can't work, or a demo tenant is wanted outside the local stack.
    """
    keyring = Keyring.of(settings)
    if dev_env is not None and not settings.local:
        raise Misconfigured("--dev-env is for the local stack only (HANDRAISE_LOCAL=1)")
    await create_topics(settings)
    pool = await connect(settings.pg_dsn, min_size=1, max_size=2)
    try:
        for component, folder in COMPONENTS.items():
            if folder.is_dir():
                await migrate(pool, component, folder)
        if dev_env is None:
            return []
        known = read_variables(dev_env)
        variables = await demo_variables(Directory(pool, keyring), settings, known)
        write_variables(dev_env, variables)
        return sign_in_lines(variables)
    finally:
        await pool.close()


def main() -> int:
    """Runs it with the arguments and the environment of this process; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bootstrap", description=__doc__)
    parser.add_argument(
        "--dev-env", type=Path, metavar="PATH", help="make a demo tenant and write its keys here"
    )
    wanted = parser.parse_args()
    try:
        lines = asyncio.run(bootstrap(Settings.load(), wanted.dev_env))
    except HandraiseError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
