"""`python -m examples.ad_tasks`: see people decide what an ad platform may not."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from examples.ad_tasks.mcp_tools import serve as serve_mcp
from examples.ad_tasks.serving import running_platform, show_the_way
from examples.ad_tasks.story import Story
from examples.common.command import ran
from examples.common.screen import Screen
from examples.common.surroundings import find


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    asked = _parser().parse_args(arguments)
    return ran(_run(asked), "Left. Tasks stay open; `serve` goes on with whatever waits for them.")


async def _run(asked: argparse.Namespace) -> None:
    found = find("ad_tasks")
    if asked.verb == "mcp":
        await serve_mcp(found, asked.http, asked.person)
        return
    screen = Screen()
    if asked.verb == "serve":
        logging.basicConfig(format="%(message)s")
        async with running_platform(found, asked.settings) as here:
            await show_the_way(found, here, screen)
            await asyncio.Event().wait()
    logging.getLogger("ad_tasks").setLevel(logging.ERROR)  # the story shows the alarms itself
    async with running_platform(found, None) as here:
        await Story(here, screen, unattended=asked.unattended).play()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.ad_tasks", description=__doc__)
    parser.add_argument(
        "--unattended", action="store_true", help="take the first choice everywhere"
    )
    verbs = parser.add_subparsers(dest="verb")
    kept = verbs.add_parser("serve", help="keep the platform running until Ctrl-C")
    kept.add_argument("--settings", type=Path, help="a TOML file in the place of settings.toml")
    tools = verbs.add_parser("mcp", help="the task queue as MCP tools, over stdin and stdout")
    tools.add_argument("--http", type=int, metavar="PORT", help="over HTTP instead")
    tools.add_argument("--person", metavar="EMAIL", help="in whose name the client speaks")
    return parser


if __name__ == "__main__":
    sys.exit(main())
