"""Prints what would happen to a question that nobody answers: `python -m api.simulating --help`."""

import argparse
import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from api.simulating.asking import SOMEBODY, Simulated, simulated
from api.simulating.words import ending, sentence
from kernel.clock import utc_now
from kernel.directory.directory import Directory
from kernel.errors import HandraiseError, Invalid
from kernel.opening import parse_question
from kernel.postgres import connect
from kernel.question import Question
from kernel.secrets import Keyring
from kernel.settings import Settings
from kernel.validation import validated


def arguments() -> argparse.ArgumentParser:
    """What may be said on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m api.simulating",
        description="Who would be told of a question, when and how, if nobody answers.",
    )
    parser.add_argument("--tenant", default="demo")
    parser.add_argument("--type", default="approval", help="the kind of question")
    parser.add_argument("--priority", choices=("low", "medium", "high", "urgent"))
    parser.add_argument("--principal", help="whom it concerns (principal_id)")
    parser.add_argument("--asker", default=SOMEBODY, help="who asks")
    parser.add_argument("--at", help="when it is asked, such as 2026-01-31T17:00:00Z; else now")
    parser.add_argument("--question", type=Path, help="a file with the whole question, as JSON")
    return parser


def lines(found: Simulated) -> list[str]:
    """The course for people, one event or recipient a line."""
    if found.simulation.refusal is not None:
        return [f"It can't be asked: {found.simulation.refusal.detail}"]
    shown: list[str] = []
    for step in found.simulation.steps:
        at = step.envelope.timestamp
        shown.append(f"{at:%Y-%m-%d %H:%M:%S}Z  {sentence(step.envelope, found.names)}")
        for one in step.told:
            who = found.names.get(one.person or "", one.target)
            when = "" if one.at in {None, at} else f", {one.at:%Y-%m-%d %H:%M:%S}Z"
            how = " in a summary" if one.in_summary else " in reserve" if one.in_reserve else ""
            why_not = "" if one.error is None else f" (can't be: {one.error})"
            shown.append(f"{'':23}{one.channel}: {who}{when}{how}{why_not}")
    return [*shown, ending(found.simulation.outcome, cut=found.simulation.cut)]


def question_of(given: argparse.Namespace) -> Question:
    """The question that the command line means.

    Raises:
        Invalid: it is none.
    """
    if given.question is not None:
        return parse_question(given.question.read_bytes())
    fields: dict[str, Any] = {
        "title": "What if?",
        "type": given.type,
        "priority": given.priority,
        "principal_id": given.principal,
    }
    return validated(Question, {name: value for name, value in fields.items() if value is not None})


async def main(words: list[str] | None = None) -> int:
    """Runs the command; gives its exit status."""
    given = arguments().parse_args(words)
    settings = Settings.load()
    pool = await connect(settings.pg_dsn, min_size=0, max_size=2)
    try:
        at = utc_now() if given.at is None else datetime.fromisoformat(given.at)
        if at.tzinfo is None:
            raise Invalid("--at needs a zone, such as Z")
        found = await simulated(
            settings,
            Directory(pool, Keyring.of(settings)),
            pool,
            tenant=given.tenant,
            question=question_of(given),
            asker=given.asker,
            at=at,
        )
    except (HandraiseError, ValueError, OSError) as error:
        flaws = error.flaws if isinstance(error, Invalid) else ()
        said = [str(error), *(f"{flaw.pointer}: {flaw.detail}" for flaw in flaws)]
        print("\n".join(said), file=sys.stderr)  # noqa: T201
        return 1
    finally:
        await pool.close()
    print("\n".join(lines(found)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
