"""The system that is measured: its address and keys from `dev.env`, its processes from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

import httpx

PROCESSES = (
    "api",
    "services.request_svc",
    "services.notifier_svc",
    "services.callback_svc",
    "services.timeout_svc",
    "projections.inbox",
    "projections.history",
    "kafka.Kafka",
    "postgres",
)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Target:
    """Where it is and how to speak to it."""

    url: str
    api_key: str
    reviewer_token: str

    def agent(self) -> httpx.AsyncClient:
        """A client with the agent's key."""
        return self._client(self.api_key)

    def reviewer(self) -> httpx.AsyncClient:
        """A client with the reviewer's token."""
        return self._client(self.reviewer_token)

    def _client(self, bearer: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url, headers={"Authorization": f"Bearer {bearer}"}, timeout=30
        )


def from_environment() -> Target:
    """The target that the environment names.

    Raises:
        KeyError: `dev.env` was not sourced.
    """
    return Target(
        os.environ["HANDRAISE_URL"],
        os.environ["HANDRAISE_API_KEY"],
        os.environ["HANDRAISE_REVIEWER_TOKEN"],
    )


def cpu_seconds() -> dict[str, float]:
    """CPU that each kind of process of this machine has used, in seconds."""
    used = dict.fromkeys(PROCESSES, 0.0)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        words = command.split()
        for name in PROCESSES:
            if name in words or (name == "postgres" and command.startswith("postgres:")):
                used[name] += (int(fields[11]) + int(fields[12])) / TICKS
    return used
