"""A Prefect server of this machine, for as long as an example runs; it tells nobody about it.

`python -m examples.adapters.prefect_server PORT` serves; `prefect_here` starts that and waits.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import wraps
from socket import socket
from typing import Any

import fastapi
import httpx
import uvicorn

from examples.common.trouble import Trouble

_HOST = "127.0.0.1"
_START_SECONDS = 180
_PAUSE_SECONDS = 0.2
_QUIET: Mapping[str, str] = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_UI_ENABLED": "false",
}


@contextmanager
def prefect_here() -> Generator[dict[str, str]]:
    """A server with an empty database of its own; the environment for its clients."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        port = _free_port()
        url = f"http://{_HOST}:{port}/api"
        environment = {
            **os.environ,
            **_QUIET,
            "PREFECT_HOME": home,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        command = [sys.executable, "-m", "examples.adapters.prefect_server", str(port)]
        process = subprocess.Popen(command, env=environment)
        try:
            _wait_for(f"{url}/health", process)
            yield {**environment, "PREFECT_API_URL": url}
        finally:
            process.terminate()
            process.wait()


def serve(port: int) -> None:
    """The server itself, until it is told to end."""
    # Prefect 3.8 limits lists in bodies by words that FastAPI has given up for those of Pydantic 2.
    fastapi.Body = _understanding_old_words(fastapi.Body)
    from prefect.server.api.server import create_app  # noqa: PLC0415  after the above

    uvicorn.run(create_app(), host=_HOST, port=port, log_level="error")


def _understanding_old_words(body: Any) -> Any:
    @wraps(body)
    def understood(*args: Any, **words: Any) -> Any:
        for old, new in (("min_items", "min_length"), ("max_items", "max_length")):
            if old in words:
                words[new] = words.pop(old)
        return body(*args, **words)

    return understood


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url, trust_env=False, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(_PAUSE_SECONDS)
    raise Trouble("Prefect's server did not start")


def _free_port() -> int:
    with socket() as probe:
        probe.bind((_HOST, 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    serve(int(sys.argv[1]))
