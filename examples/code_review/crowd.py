"""Hundreds of workflows over several processes, one of which is killed in the middle."""

import asyncio
import contextlib
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from handraise import Handraise, HandraiseError, Request, Supervisor
from handraise.errors import Conflict
from handraise.models import Json
from handraise.statuses import Status

from examples.code_review.branches import FORGOTTEN, HARMLESS, build_limits
from examples.code_review.crew import Office, door, office, workers
from examples.code_review.environments import journal_of
from examples.code_review.screen import ReviewScreen
from examples.code_review.staff import at_their_desks
from examples.common.surroundings import Surroundings
from examples.common.waiting import until

_ENVIRONMENTS = 8
_ASKING = 4
"""Every so manieth workflow needs a person."""
_AT_ONCE = 8
_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 300
_DEADLINE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many workflows, and how many processes."""

    workflows: int = 200
    workers: int = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the workflows by status, and each deployment with how often it was made."""

    statuses: Counter[Status]
    deployments: Counter[str]
    killed: int
    """The process that was killed."""


async def crowd(
    found: Surroundings, store_address: str, asked: Crowd, screen: ReviewScreen
) -> Outcome:
    """Submit them all, answer them all, and kill a process in the middle.

    Raises Trouble when they are not done in five minutes.
    """
    token = uuid.uuid4().hex[:8]
    directory = found.directory / "crowds" / token
    await asyncio.to_thread(build_limits, directory / "shop")
    environments = [directory / f"shop-{number}" for number in range(_ENVIRONMENTS)]
    for one in environments:
        one.mkdir()
    names = [f"wf-crowd-{token}-{number}" for number in range(asked.workflows)]
    async with (
        at_their_desks(found) as staff,
        office(found, store_address) as here,
        door(found, here.supervisor, 0) as callback,
        workers(store_address, callback, asked.workers) as processes,
    ):
        screen.step(f"{asked.workflows} workflows over {asked.workers} processes")
        started = [
            {
                "repository": str(directory / "shop"),
                "range": HARMLESS.span if number % _ASKING else FORGOTTEN.span,
                "environments": [str(environments[number % _ENVIRONMENTS])],
                "deadline_seconds": _DEADLINE_SECONDS,
            }
            for number in range(asked.workflows)
        ]
        answering = asyncio.create_task(_answer_all(staff.rita, set(names[::_ASKING])))
        try:
            await _submit(here.supervisor, dict(zip(names, started, strict=True)))
            await _until_deployed(environments, asked.workflows // 4)
            victim = processes[0]
            victim.kill()
            screen.say(f"a quarter is deployed; process {victim.pid} was killed (kill -9)")
            await _until_deployed(environments, asked.workflows)
            await answering
        finally:
            answering.cancel()
        statuses = await _statuses(here, names)
    deployments = Counter(_deployed(environments))
    twice = sum(times > 1 for times in deployments.values())
    screen.say(
        f"{statuses[Status.COMPLETED]} completed, {len(deployments)} deployed, {twice} twice"
    )
    return Outcome(statuses, deployments, victim.pid)


async def _submit(supervisor: Supervisor, started: Mapping[str, Json]) -> None:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def submit(name: str, state: Json) -> None:
        async with turns:
            await supervisor.submit(state, workflow_id=name)

    await asyncio.gather(*(submit(name, state) for name, state in started.items()))


async def _answer_all(reviewer: Handraise, names: set[str]) -> None:
    """Say yes to the question of each workflow, as soon as it is seen."""
    answered: set[str] = set()
    turns = asyncio.Semaphore(_AT_ONCE)

    async def answer(request: Request) -> None:
        async with turns:
            with contextlib.suppress(Conflict):  # the page was older than our answer
                await reviewer.respond(request.id, decision="approve", comment="Within reason")
            answered.add(request.workflow_id or "")

    while answered < names:
        try:
            page = await reviewer.list(type="code_review", open=True, limit=100)
            mine = [one for one in page.items if one.workflow_id in names - answered]
            await asyncio.gather(*(answer(one) for one in mine))
        except HandraiseError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(_LOOK_SECONDS)


def _deployed(environments: Sequence[Path]) -> list[str]:
    return [name for one in environments for name in journal_of(one).went_live()]


async def _until_deployed(environments: Sequence[Path], how_many: int) -> None:
    async def enough() -> bool:
        return len(_deployed(environments)) >= how_many

    await until(enough, f"{how_many} deployments", _PATIENCE_SECONDS)


async def _statuses(here: Office, names: Sequence[str]) -> Counter[Status]:
    """Where all of them stand, once none is in the middle of something."""
    found = Counter[Status]()

    async def at_rest() -> bool:
        states = [await here.agent.workflow(name) for name in names]
        found.clear()
        found.update(state.status for state in states if state is not None)
        return not found[Status.RUNNING] + found[Status.PAUSED]

    await until(at_rest, "the end of all workflows", _PATIENCE_SECONDS)
    return found
