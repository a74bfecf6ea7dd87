"""How the agents here are shown: a process begins and ends, people answer, another one goes on."""

import argparse
import json
import os
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from handraise import Handraise, Request

from examples.adapters.person import Person
from examples.common.command import ran
from examples.common.processes import running, told_by
from examples.common.screen import Screen
from examples.common.surroundings import Surroundings, find

_LEG_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Leg:
    """What a process did: the requests by id that it waits for, or else what it says at the end."""

    waits_for: Sequence[str] = ()
    said: str = ""


Work: TypeAlias = Callable[[Handraise, Path, str], Awaitable[Leg]]
"""A leg of a run, whose state lies in the directory; the run's name is the last."""


@dataclass(frozen=True, slots=True)
class Example:
    """An agent that pauses: how it begins, and how it goes on, each in a process of its own."""

    module: str
    title: str
    begin: Work
    resume: Work


def waiting_for(requests: Mapping[str, Request]) -> Leg:
    """The end of a leg that asked something."""
    return Leg(waits_for=[one.id for one in requests.values()])


def main(example: Example, arguments: Sequence[str] | None = None) -> int:
    """Play the example, or one leg of it; 0 when it worked, 1 with a sentence when it did not."""
    asked = _parser(example).parse_args(arguments)
    return ran(
        _run(example, asked),
        "Left. The questions stay open; the agent's state went with the example's files.",
    )


async def _run(example: Example, asked: argparse.Namespace) -> None:
    found = find("adapters")
    if asked.leg is None:
        await play(example, found, Screen(), asked.answer)
        return
    async with Handraise(found.url, found.api_key) as hand:
        work = example.begin if asked.leg == "begin" else example.resume
        leg = await work(hand, Path(asked.directory), asked.run)
        print(json.dumps({"pid": os.getpid(), **asdict(leg)}), flush=True)


async def play(example: Example, found: Surroundings, screen: Screen, answer: str | None) -> str:
    """The whole story; what the agent says at its end."""
    run_id = f"{example.module.rpartition('.')[2]}-{uuid.uuid4().hex[:8]}"
    found.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=found.directory) as name:
        async with Handraise(found.url, found.reviewer_token) as reviewer:
            person = Person(reviewer, screen, answer)
            screen.step(f"{example.title}: a process begins")
            told = await _leg(example, ["begin", name, run_id], screen)
            while told["waits_for"]:
                screen.step("People are asked")
                for request_id in told["waits_for"]:
                    await person.answer(request_id)
                screen.step("Another process goes on")
                told = await _leg(example, ["resume", name, run_id], screen)
    screen.end(told["said"])
    return told["said"]


async def _leg(example: Example, arguments: list[str], screen: Screen) -> dict[str, Any]:
    async with running(example.module, arguments) as process:
        told = await told_by(process, _LEG_SECONDS)
        await process.wait()
    waits = len(told["waits_for"])
    left = f"; {waits} answers are awaited, and no process runs" if waits else ""
    screen.say(f"process {told['pid']} has ended{left}")
    return told


def _parser(example: Example) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {example.module}", description=example.title)
    parser.add_argument(
        "--answer",
        choices=("approve", "reject", "wait"),
        help="decide without asking at the terminal; wait: somebody else will answer",
    )
    parser.add_argument("leg", nargs="?", choices=("begin", "resume"), help="one leg of it only")
    parser.add_argument("directory", nargs="?", help="where the run's state lies")
    parser.add_argument("run", nargs="?", help="the run's name")
    return parser
