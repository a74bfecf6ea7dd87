"""`python -m examples.bot_recovery`: bots fail, people put them right, the bots go on."""

import argparse
import asyncio
import logging
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from examples.bot_recovery.cast import FIRST, enrol
from examples.bot_recovery.screen import RecoveryScreen
from examples.bot_recovery.settings import DEFAULT_FILE, load
from examples.bot_recovery.story import Story
from examples.bot_recovery.system import (
    DESK_PORT_OFFSET,
    SITE_PORT_OFFSET,
    Place,
    Recovery,
    recovery,
)
from examples.common.command import ran
from examples.common.surroundings import find
from examples.common.trouble import Trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    asked = _parser().parse_args(arguments)
    return ran(_run(asked), "Left. Whatever waits goes on at the next start.")


async def _run(asked: argparse.Namespace) -> None:
    found = find("bot_recovery")
    place = Place(
        settings=load(asked.settings),
        desk_port=found.port_base + DESK_PORT_OFFSET,
        site_port=found.port_base + SITE_PORT_OFFSET,
    )
    try:
        async with recovery(found, place) as running:
            if asked.verb == "serve":
                await _serve(running)
            else:
                story = Story(found, running, RecoveryScreen(), unattended=asked.play)
                await story.play()
    except OSError as error:
        raise Trouble(f"A port of the example is taken: {error}") from error


async def _serve(running: Recovery) -> None:
    """Keep the desk open, with accounts that need it where none was there yet."""
    print(f"The site: {running.site_url}")
    for name, link in running.sign_in.items():
        print(f"The desk of {name}: {link}")
    if not await running.pipeline.accounts():
        tag = secrets.token_hex(2)
        await running.begin(*[await enrol(running, one, tag) for one in FIRST])
    print("Ctrl-C ends it", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        # Ctrl-C reaches the browser's driver too, and its end is no error then.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.bot_recovery", description=__doc__)
    parser.add_argument("--settings", type=Path, default=DEFAULT_FILE, help="a file of settings")
    parser.add_argument(
        "--play", action="store_true", help="the story does what the people in it would do"
    )
    parser.add_argument(
        "verb", nargs="?", choices=("play", "serve"), default="play", help="default: play"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
