"""`python -m examples.creator_reviews`: users ask the creator of an agent for help."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from examples.common.command import ran
from examples.common.household import Household
from examples.common.screen import Screen
from examples.common.surroundings import find
from examples.creator_reviews.cast import CARLA, CHEN, OMAR, URSULA
from examples.creator_reviews.market import PORT_OFFSET, market
from examples.creator_reviews.play import Play


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when it worked, 1 with a sentence when it did not."""
    asked = _parser().parse_args(arguments)
    return ran(_run(asked), "Left. What is open stays open, and goes on at the next start.")


async def _run(asked: argparse.Namespace) -> None:
    found, screen = find("creator_reviews"), Screen()
    async with market(found, asked.port or found.port_base + PORT_OFFSET) as running:
        screen.step(f"The marketplace is open at {running.url}")
        for user_id in (URSULA, OMAR, CARLA, CHEN):
            screen.say(f"{user_id}: {running.link(user_id)}")
        carla = await running.shop.catalog.user(CARLA)
        async with Household(found) as household:
            link = await household.sign_in_link(carla.person_id or "")
        screen.say(f"carla at Handraise, to choose a password: {link}")
        if asked.verb == "play":
            await Play(found, running, screen, asked.answer).play()
        else:
            screen.say("Ctrl-C closes it")
            await _until_stopped()


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
    await stopped.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.creator_reviews", description=__doc__)
    parser.add_argument("verb", nargs="?", choices=("play", "serve"), default="play")
    parser.add_argument("--port", type=int, help="where the pages are; default: the stack's + 24")
    parser.add_argument(
        "--answer",
        choices=("ask", "edit", "wait"),
        default="ask",
        help="who is the creator: whoever you say, the play (unattended), or the browser",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
