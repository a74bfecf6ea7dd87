"""Fuzzes the whole API on a broker and a database of its own.

python -m tests.fuzz [--cases 20000] [--seed 0]
"""

import argparse
import asyncio
import sys
import time

from kernel.directory.principals import Ability, Role
from tests.support.front_door import Desk, House, front_door
from tests.support.fuzzing import Findings, Target, fuzz
from tests.support.served import served
from tests.support.servers import fresh_database, fresh_prefix, server_source
from tests.support.slack import slack_stand_in

OPEN_REQUESTS = 20
UNLIMITED = {"calls_per_second_per_key": 0, "calls_per_second_per_tenant": 0}


async def fuzz_house(house: House, cases: int, first_seed: int = 0) -> Findings:
    """Serves a house and fuzzes it, with an agent's key and a person's token."""
    async with served(house) as place, Desk.open(house) as desk:
        key = await house.key(desk.tenant, "agents.fuzz", tuple(Ability))
        admin = await house.person(desk.tenant, "ada", (Role.ADMIN, Role.REVIEWER))
        asked = [(await desk.ask())["id"] for _ in range(OPEN_REQUESTS)]
        target = Target(place.url, (key, house.token(admin)), asked)
        return await asyncio.to_thread(fuzz, target, cases, first_seed)


async def run(kafka: str, dsn: str, cases: int, first_seed: int) -> Findings:
    """Fuzzes a front door on these servers."""
    async with (
        slack_stand_in() as slack,
        front_door(
            kafka, dsn, fresh_prefix(), slack_api_url=f"{slack.url}/api", **UNLIMITED
        ) as house,
    ):
        return await fuzz_house(house, cases, first_seed)


def main() -> int:
    """Prints what was found; the exit code says whether anything was."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    servers = server_source()
    began = time.monotonic()
    try:
        with fresh_database(servers.database().dsn) as dsn:
            kafka = servers.broker().address
            findings = asyncio.run(run(kafka, dsn, wanted.cases, wanted.seed))
    finally:
        servers.close()
    for failure in findings.failures[:20]:
        sys.stdout.write(f"{failure}\n\n")
    sys.stdout.write(f"{findings} in {time.monotonic() - began:.0f} s\n")
    return 1 if findings.failures else 0


if __name__ == "__main__":
    sys.exit(main())
