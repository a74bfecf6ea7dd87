"""Calling the application's own bootstrap: topics, tables, first tenant and keys."""

import asyncio
import signal
import sys

from deploy.local.child import Child, Command
from deploy.local.layout import REPOSITORY, shown
from deploy.local.logs import last_error, tail
from deploy.local.plan import Plan
from deploy.local.trouble import Trouble

NAME = "bootstrap"


async def bootstrap(plan: Plan) -> None:
    """Run `python -m deploy.bootstrap`, which writes dev.env. Raises Trouble when it fails."""
    log = plan.layout.log(NAME)
    log.unlink(missing_ok=True)
    command = Command(
        name=NAME,
        argv=(sys.executable, "-m", "deploy.bootstrap", "--dev-env", str(plan.layout.dev_env)),
        output=log,
        environ=plan.child_environ(),
        directory=REPOSITORY,
        stop_signal=signal.SIGTERM,
    )
    child = Child(command, plan.guard)
    child.spawn()
    try:
        await asyncio.to_thread(child.join)
    finally:
        child.stop()
    if child.exit_code != 0:
        why = last_error(log) or next(reversed(tail(log)), f"exit code {child.exit_code}")
        raise Trouble(
            f"Topics and tables could not be prepared: {why}.",
            f"See {shown(log)}; `make reset` begins with empty data.",
        )
