"""`run`: one stack in the foreground."""

import asyncio
import os
import signal
from collections.abc import Mapping

from rich.console import Console

from deploy.local import lock, snapshot
from deploy.local.guard import Guard
from deploy.local.layout import layout
from deploy.local.life import Life
from deploy.local.plan import plan
from deploy.local.ports import HOST, ports
from deploy.local.snapshot import Phase, Snapshot
from deploy.local.trouble import Trouble


def run(environ: Mapping[str, str], console: Console) -> None:
    """Bring a stack up and watch it until it is told to stop; raises Trouble."""
    place = layout(environ)
    numbers = ports(environ)
    place.make()
    # While jars are fetched there is no loop yet that could hear SIGTERM.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with lock.held(place.lock) as held, Guard(keep_open=(held,)) as guard:
        try:
            asyncio.run(Life(plan(place, numbers, environ, guard, console), console).lead())
        except Trouble as trouble:
            last = Snapshot(
                pid=os.getpid(),
                phase=Phase.FAILED,
                address=f"http://{HOST}:{numbers.api}",
                note=str(trouble),
                rows=(),
            )
            snapshot.write(place.state, last)
            raise
        place.state.unlink(missing_ok=True)
    console.print("Stopped.")
