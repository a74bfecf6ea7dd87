"""The commands of those who look after the workflows: serve, submit, status, replay, redrive."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from handraise import Handraise
from handraise.replay import story_of

from examples.code_review.crew import door, office, workers
from examples.code_review.screen import ReviewScreen
from examples.code_review.staff import at_their_desks
from examples.common.surroundings import Surroundings
from examples.common.trouble import Trouble

_PORT_OFFSET = 20
_DEADLINE_SECONDS = 3600
_ENVIRONMENTS = ("staging", "production")


def door_port(found: Surroundings) -> int:
    """Where the example listens for callbacks while it serves."""
    return found.port_base + _PORT_OFFSET


async def serve(
    found: Surroundings, store_address: str, how_many: int, screen: ReviewScreen
) -> None:
    """Keep processes at work until Ctrl-C."""
    async with (
        at_their_desks(found),
        office(found, store_address) as here,
        door(found, here.supervisor, door_port(found)) as callback,
        workers(store_address, callback, how_many) as processes,
    ):
        screen.step(f"{how_many} processes are at work, answers come in at {callback}")
        screen.say(", ".join(f"process {one.pid}" for one in processes))
        screen.say("`submit`, `status`, `replay` and `redrive` work from another terminal")
        await asyncio.Event().wait()


async def submit(
    found: Surroundings,
    store_address: str,
    change: tuple[str, str],
    environments: Sequence[Path] | None,
    screen: ReviewScreen,
) -> None:
    """Give a change, as repository and range, to the processes at work."""
    folders = environments or [found.directory / "environments" / one for one in _ENVIRONMENTS]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    repository, span = change
    async with office(found, store_address) as here:
        workflow_id = await here.supervisor.submit(
            {
                "repository": repository,
                "range": span,
                "environments": [str(folder.resolve()) for folder in folders],
                "deadline_seconds": _DEADLINE_SECONDS,
            }
        )
    screen.say(f"workflow {workflow_id}")


async def status(found: Surroundings, store_address: str, screen: ReviewScreen) -> None:
    """Where the workflows stand, what is being tried again, and the dead letters."""
    async with office(found, store_address) as here:
        screen.counts(await here.supervisor.counts())
        screen.troubled(await here.supervisor.troubled())


async def replay(
    found: Surroundings, store_address: str, workflow_id: str, screen: ReviewScreen
) -> None:
    """Tell a workflow's story. Raises Trouble for an unknown one."""
    async with (
        Handraise(found.url, found.api_key) as hand,
        office(found, store_address) as here,
    ):
        story = await story_of(here.store, workflow_id, hand)
    if story is None:
        raise Trouble(f"There is no workflow {workflow_id} here")
    screen.story(story)


async def redrive(
    found: Surroundings, store_address: str, workflow_id: str, screen: ReviewScreen
) -> None:
    """Let a dead letter go on, with whichever process is at work."""
    async with office(found, store_address) as here:
        await here.supervisor.redrive(workflow_id)
    screen.say(f"{workflow_id} goes on as soon as a process is at work (`serve`)")
