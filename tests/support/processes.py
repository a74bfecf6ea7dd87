"""Runs a service as a process of its own, to be killed, paused and started again."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from kernel.settings import HEALTH_PORTS, Settings
from tests.support.eventually import eventually

ROOT = Path(__file__).parents[2]
# Fetch forbids it as a bad port (https://fetch.spec.whatwg.org/#port-blocking).
NO_BROWSER_OPENS = 10080
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_run = os.getppid() if _workers > 1 else os.getpid()
# Below the range from which the system gives ports to outgoing connections; workers of one run
# take turns, so that none picks what another is about to use.
_port_bases = iter(range(10000 + _run % 150 * 20 + _worker * 20, 18000, 20 * _workers))


def free_port_base() -> int:
    """A port base whose first twenty ports are free just now; never the same one twice."""
    for base in _port_bases:
        if NO_BROWSER_OPENS in range(base, base + 20):
            continue
        try:
            for port in range(base, base + 20):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no free ports")


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process takes them."""
    said = settings.model_dump(exclude_defaults=True)
    own = {f"HANDRAISE_{name.upper()}": str(value) for name, value in said.items()}
    return {**os.environ, **own, "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk'}"}


class ServiceProcess:
    """`python -m <module>`; `name` is its name in the table of health ports, or `api`."""

    def __init__(self, module: str, settings: Settings, log: Path) -> None:
        self._module = module
        self._settings = settings
        self._log = log
        offset = HEALTH_PORTS.get(module.rpartition(".")[2], 0)
        self.url = f"http://127.0.0.1:{settings.port_base + offset}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, without waiting."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                cwd=ROOT,
                env=environment(self._settings),
                stdout=out,
                stderr=out,
            )

    async def ready(self, within_seconds: float = 60) -> None:
        """Waits until it says that it can work."""
        await eventually(self._is_ready, within_seconds=within_seconds)

    async def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        async with httpx.AsyncClient() as http:
            try:
                return (await http.get(f"{self.url}/readyz", timeout=2)).status_code == 200
            except httpx.HTTPError:
                return False

    def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)
        self._process = None

    def pause(self) -> None:
        """SIGSTOP."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    async def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        assert self._process is not None
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(process.wait, 20)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        if number is signal.SIGKILL:
            self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()
