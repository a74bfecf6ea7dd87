"""`python -m examples.code_review demo`: see an agent ask, pause, and resume."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from handraise import HandraiseError

from examples.code_review.demo import Options, demo
from examples.code_review.legs import examine, receive
from examples.code_review.screen import ReviewScreen
from examples.common.surroundings import find
from examples.common.trouble import Trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    asked = _parser().parse_args(arguments)
    try:
        asyncio.run(_run(asked))
    except (Trouble, HandraiseError) as trouble:
        print(f"{trouble}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("\nLeft. The question stays open; the agent's state went with the demo's files.")
        return 130
    return 0


async def _run(asked: argparse.Namespace) -> None:
    found = find("code_review")
    match asked.verb:
        case "examine":
            started = {
                "repository": asked.repo,
                "range": asked.range,
                "workflow_id": asked.workflow,
            }
            await examine(found, asked.store, asked.callback, started)
        case "receive":
            await receive(found, asked.store, asked.port)
        case _:
            options = Options(repository=asked.repo, span=asked.range, answer=asked.answer)
            await demo(found, options, ReviewScreen())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.code_review", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    shown = verbs.add_parser("demo", help="show it all")
    shown.add_argument("--repo", type=Path, help="a git repository; default: a small sample")
    shown.add_argument("--range", help="the commits to review, as A..B; default: HEAD~1..HEAD")
    shown.add_argument(
        "--answer",
        choices=("approve", "reject", "changes", "wait"),
        help="decide without asking at the terminal; wait: somebody else will answer",
    )
    first = verbs.add_parser("examine", help="the agent's first process")
    for name in ("repo", "range", "store", "callback", "workflow"):
        first.add_argument(f"--{name}", required=True)
    second = verbs.add_parser("receive", help="the agent's second process")
    second.add_argument("--store", required=True)
    second.add_argument("--port", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
