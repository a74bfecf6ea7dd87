"""A Prefect flow called as a function, whose task asks again when it is retried."""

import asyncio
import json
import sys
from datetime import timedelta

from handraise import Answered, Handraise
from handraise.adapters.prefect import ask_people
from prefect import flow, task
from prefect.runtime import flow_run

from examples.common.surroundings import find

tries: list[str] = []


def tell(**what: object) -> None:
    """A line for the test."""
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


@task(retries=1, retry_delay_seconds=0)
async def headline() -> str:
    """What a person wants it to be called; the first try waits for a second and then fails."""
    tries.append(str(flow_run.id))
    at_most = timedelta(seconds=1)
    if len(tries) == 2:
        at_most = None
        tell(run=tries[0])
    found = find("adapters")
    async with Handraise(found.url, found.api_key) as hand:
        answer = await ask_people(
            hand, title="Which headline?", kind="clarification", at_most=at_most
        )
    assert isinstance(answer, Answered)
    return answer.comment or ""


@flow
async def press() -> str:
    """A flow without a deployment."""
    return await headline()


if __name__ == "__main__":
    said = asyncio.run(press())
    tell(said=said, tries=len(tries))
