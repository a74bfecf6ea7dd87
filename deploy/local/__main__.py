"""`python -m deploy.local`: the embedded stack by its verbs."""

import argparse
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from deploy.local import background
from deploy.local.archive import ensure_archive
from deploy.local.guard import Guard
from deploy.local.layout import layout
from deploy.local.mail_show import show_mail
from deploy.local.plan import fetched
from deploy.local.progress import shown
from deploy.local.run import run
from deploy.local.trouble import Trouble, of_the_system

INTERRUPTED = 130
PLAIN_WIDTH = 200


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    verbs = made.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("run", help="start all and watch it; Ctrl-C stops it")
    verbs.add_parser("up", help="start all in the background, return when it is healthy")
    verbs.add_parser("down", help="stop what runs in the background")
    verbs.add_parser("reset", help="stop, and remove all data; fetched packages stay")
    verbs.add_parser("status", help="show how it is; exit code 0 if healthy, 3 if not running")
    verbs.add_parser("fetch", help="fetch what is missing, start nothing")
    logs = verbs.add_parser("logs", help="print logs")
    logs.add_argument("name", nargs="?", help="one process's only")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as they grow")
    mail = verbs.add_parser("mail", help="show the mails that were sent")
    mail.add_argument("id", nargs="?", help="one message in full")
    mail.add_argument("--to", help="only to this address")
    return made


def terminal() -> Console:
    """Standard output; where that is no terminal, sentences are not broken into lines."""
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def fetch(console: Console) -> None:
    """Fetch Java and jars and make the class archive, so that every start is quick."""
    place = layout(os.environ)
    runtime = fetched(place, os.environ, console)
    with shown(console, "The broker's class archive"), Guard() as guard:
        ensure_archive(place.cache, runtime, guard)


def act(arguments: argparse.Namespace, console: Console) -> int:
    """Do what the command line says; returns the exit code. Raises Trouble."""
    match arguments.verb:
        case "run":
            run(os.environ, console)
        case "up":
            background.up(os.environ, console)
        case "down":
            background.down(os.environ, console)
        case "reset":
            background.reset(os.environ, console)
        case "status":
            return background.status(os.environ, console)
        case "logs":
            background.logs(os.environ, arguments.name, follow=arguments.follow)
        case "mail":
            show_mail(layout(os.environ).mail, arguments.id, arguments.to, console)
        case _:
            fetch(console)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; what goes wrong is one sentence on standard error."""
    try:
        return act(parser().parse_args(arguments), terminal())
    except Trouble as trouble:
        problem = trouble
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more is flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as failure:
        problem = of_the_system(failure, layout(os.environ).root)
    told = Text.assemble(("✗ ", "red"), f"{problem.what} {problem.way_out}")
    Console(stderr=True, soft_wrap=True).print(told)
    return 1


if __name__ == "__main__":
    sys.exit(main())
