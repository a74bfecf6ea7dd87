"""Runs a process: its parts side by side, its health page, and a clean stop on a signal."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from kernel.errors import Misconfigured
from kernel.http_server import HttpServer
from kernel.settings import Settings
from kernel.telemetry import configure_logging, logger
from kernel.tracing.collector import tracing

STOP_SECONDS = 8
COLLECT_AFTER = 20_000


class Part(Protocol):
    """A piece of a service that runs until it is cancelled; raising ends the process."""

    async def run(self) -> None:
        """Works until cancelled."""
        ...


class Readiness:
    """Named conditions that must all hold before a process can do its work."""

    def __init__(self, *conditions: str) -> None:
        self._conditions = dict.fromkeys(conditions, False)

    def set(self, condition: str, *, holds: bool = True) -> None:
        """Notes whether a condition holds."""
        self._conditions[condition] = holds

    @property
    def ready(self) -> bool:
        """Whether all hold."""
        return all(self._conditions.values())

    def as_dict(self) -> dict[str, bool]:
        """Each condition and whether it holds."""
        return dict(self._conditions)


def health_routes(readiness: Readiness) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`, alike for every process."""

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        return JSONResponse(readiness.as_dict(), status_code=200 if readiness.ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def health_page(settings: Settings, name: str, readiness: Readiness) -> Part:
    """The part that serves a process's health and metrics on its port."""
    app = Starlette(routes=list(health_routes(readiness)))
    return HttpServer(app, host=settings.host, port=settings.health_port(name))


async def run_until_stopped(parts: Sequence[Part]) -> None:
    """Runs all parts until SIGTERM or SIGINT; the first part that raises ends them all.

    Raises:
        ExceptionGroup: what the parts raised.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    tasks = [asyncio.create_task(part.run(), name=type(part).__name__) for part in parts]
    signalled = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait([*tasks, signalled], return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
    errors = [
        error for task in tasks if task in done and isinstance(error := task.exception(), Exception)
    ]
    if errors:
        raise ExceptionGroup("a part of the service failed", errors)


def _spare_the_collector() -> None:
    # What was imported stays for good, and messages make little garbage in circles: looking through
    # all of it again and again was a tenth of the CPU of a request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)


def run_service(name: str, serve: Callable[[Settings], Coroutine[None, None, None]]) -> int:
    """Runs a service as a process; gives the exit status (0 after a signal, 1 after a failure)."""
    try:
        settings = Settings.load()
    except Misconfigured as error:
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    configure_logging(name, settings.log_level)
    log = logger()
    _spare_the_collector()
    try:
        with tracing(name):
            uvloop.run(serve(settings))
    except (Exception, ExceptionGroup):
        log.exception("service failed")
        return 1
    log.info("service stopped")
    return 0
