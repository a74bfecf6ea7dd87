"""One of Handraise's own processes, started as the stack's servers are."""

import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.child import Child, Command
from deploy.local.guard import Guard
from deploy.local.layout import REPOSITORY
from deploy.local.ports import HOST
from deploy.local.programs import Program
from deploy.local.server import Server


class Service(Server):
    """A process of Handraise; it answers when its /readyz says 200."""

    def __init__(
        self, program: Program, *, base: int, environ: Mapping[str, str], log: Path, guard: Guard
    ) -> None:
        self._port = base + program.offset
        command = Command(
            name=program.name,
            argv=(sys.executable, "-m", program.module),
            output=log,
            environ=environ,
            directory=REPOSITORY,
            stop_seconds=12.0,
        )
        super().__init__(Child(command, guard), log=log, patience_seconds=120.0)

    def prepare(self) -> None:
        """Nothing to do: a service makes what it needs itself."""

    def answers(self) -> bool:
        """Whether /readyz says 200."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=2.0)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
