"""`python -m examples.reel_scripts`: a script is approved at the terminal, then made into a video.

`serve` keeps the service running with its pages. It takes its rewriter and its video generator from
the environment (README.md), else it needs no network.
"""

import argparse
import sys
from collections.abc import Sequence

from examples.common.command import ran
from examples.common.screen import Screen
from examples.common.surroundings import find
from examples.reel_scripts.settings import from_environment
from examples.reel_scripts.story import play, serve
from examples.reel_scripts.wiring import DATABASE, PORT_OFFSET, Options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    asked = _parser().parse_args(arguments)
    return ran(_run(asked), "Left. What was asked stays asked.")


async def _run(asked: argparse.Namespace) -> None:
    found = find("reel_scripts")
    options = Options(
        port=asked.port or found.port_base + PORT_OFFSET,
        outside=from_environment(),
        database=asked.database,
    )
    if asked.verb == "serve":
        await serve(found, options, Screen())
    else:
        await play(found, options, Screen(), asked.answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.reel_scripts", description=__doc__)
    parser.add_argument("verb", nargs="?", choices=("play", "serve"), default="play")
    parser.add_argument("--port", type=int, help="where it listens; default: the stack's plus 25")
    parser.add_argument("--database", default=DATABASE, help="the name of its own database")
    parser.add_argument(
        "--answer",
        choices=("approve", "reject", "wait"),
        help="decide without asking at the terminal; wait: somebody else will",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
