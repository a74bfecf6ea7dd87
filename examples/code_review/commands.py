"""What can be said to the example at the terminal."""

import argparse
from pathlib import Path

from examples.code_review.crew import store_of, work
from examples.code_review.crowd import Crowd, crowd
from examples.code_review.demo import Options, demo
from examples.code_review.desk import redrive, replay, serve, status, submit
from examples.code_review.legs import examine, receive
from examples.code_review.screen import ReviewScreen
from examples.code_review.story import play
from examples.common.surroundings import Surroundings, find

_ANSWERS = ("approve", "reject", "changes", "wait")
_ANSWER_HELP = "decide without asking at the terminal; wait: somebody else will answer"


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Without a command, the whole story is played."""
    parser.add_argument("--answer", choices=_ANSWERS, help=_ANSWER_HELP)
    verbs = parser.add_subparsers(dest="verb", title="commands")
    _add_demo(verbs.add_parser("demo", help="one agent asks, ends, and is resumed"))
    many = verbs.add_parser("crowd", help="hundreds of workflows, and a process that is killed")
    many.add_argument("--workflows", type=int, default=Crowd.workflows)
    many.add_argument("--workers", type=int, default=Crowd.workers)
    served = verbs.add_parser("serve", help="keep processes at work until Ctrl-C")
    served.add_argument("--workers", type=int, default=Crowd.workers)
    new = verbs.add_parser("submit", help="give a change of a git repository to those at work")
    new.add_argument("repo", type=Path)
    new.add_argument("--range", default="HEAD~1..HEAD", help="the commits, as A..B")
    new.add_argument("--environment", type=Path, action="append", help="a folder to deploy to")
    verbs.add_parser("status", help="where the workflows stand, and the dead letters")
    for name, told in (
        ("replay", "tell a workflow's story from the event log"),
        ("redrive", "let a dead letter go on"),
    ):
        verbs.add_parser(name, help=told).add_argument("workflow")
    first = verbs.add_parser("examine", help="(started by demo) the agent's first process")
    for name in ("repo", "range", "store", "callback", "workflow"):
        first.add_argument(f"--{name}", required=True)
    second = verbs.add_parser("receive", help="(started by demo) the agent's second process")
    second.add_argument("--store", required=True)
    second.add_argument("--port", type=int, required=True)
    worker = verbs.add_parser("work", help="(started by all others) a process that does the work")
    worker.add_argument("--store", required=True)
    worker.add_argument("--callback", required=True)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repo", type=Path, help="a git repository; default: a small sample")
    parser.add_argument("--range", help="the commits to review, as A..B; default: HEAD~1..HEAD")
    parser.add_argument("--answer", choices=_ANSWERS, help=_ANSWER_HELP)


async def run(asked: argparse.Namespace) -> None:
    """Do it. Raises Trouble and HandraiseError."""
    found = find("code_review")
    match asked.verb:
        case "demo":
            options = Options(repository=asked.repo, span=asked.range, answer=asked.answer)
            await demo(found, options, ReviewScreen())
        case "examine":
            started = {
                "repository": asked.repo,
                "range": asked.range,
                "workflow_id": asked.workflow,
            }
            await examine(found, asked.store, asked.callback, started)
        case "receive":
            await receive(found, asked.store, asked.port)
        case "work":
            await work(found, asked.store, asked.callback)
        case _:
            await _run_supervised(asked, found, ReviewScreen())


async def _run_supervised(
    asked: argparse.Namespace, found: Surroundings, screen: ReviewScreen
) -> None:
    store = await store_of(found)
    match asked.verb:
        case "crowd":
            await crowd(found, store, Crowd(asked.workflows, asked.workers), screen)
        case "serve":
            await serve(found, store, asked.workers, screen)
        case "submit":
            change = str(asked.repo.resolve()), asked.range
            await submit(found, store, change, asked.environment, screen)
        case "status":
            await status(found, store, screen)
        case "replay":
            await replay(found, store, asked.workflow, screen)
        case "redrive":
            await redrive(found, store, asked.workflow, screen)
        case _:
            await play(found, store, asked.answer, screen)
