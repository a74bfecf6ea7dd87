"""The whole system as processes on servers of its own, for journeys that may break any of it."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.bootstrap import bootstrap
from deploy.dev_env import read_variables
from kernel.settings import Settings
from tests.support.patience import Patient
from tests.support.processes import ServiceProcess, free_port_base
from tests.support.servers import OwnBroker

PROCESSES = (
    "services.request_svc",
    "services.notifier_svc",
    "services.callback_svc",
    "services.timeout_svc",
    "projections.inbox",
    "projections.history",
    "api",
)


@dataclass(frozen=True, slots=True)
class System:
    """A running system: its broker, its processes by name, and credentials for it."""

    settings: Settings
    broker: OwnBroker
    processes: dict[str, ServiceProcess]
    credentials: dict[str, str]

    def client(self, credential: str) -> httpx.AsyncClient:
        """A client that speaks with one of the credentials in `dev.env`."""
        return httpx.AsyncClient(
            base_url=self.credentials["HANDRAISE_URL"],
            headers={"Authorization": f"Bearer {self.credentials[credential]}"},
            transport=Patient(httpx.AsyncHTTPTransport()),
            timeout=20,
        )

    def agent(self) -> httpx.AsyncClient:
        """A client with the agent's API key."""
        return self.client("HANDRAISE_API_KEY")

    def reviewer(self) -> httpx.AsyncClient:
        """A client with the reviewer's token."""
        return self.client("HANDRAISE_REVIEWER_TOKEN")

    def admin(self) -> httpx.AsyncClient:
        """A client with the administrator's token."""
        return self.client("HANDRAISE_ADMIN_TOKEN")


@asynccontextmanager
async def whole_system(
    make_broker: Callable[[], OwnBroker], dsn: str, folder: Path, smtp_url: str = ""
) -> AsyncGenerator[System]:
    """Starts everything and waits until it is ready; ends it with the block."""
    broker = make_broker()
    base = free_port_base()
    settings = Settings(
        kafka=broker.address,
        pg_dsn=dsn,
        port_base=base,
        partitions=3,
        local=True,
        instance="journey",
        secret_key=base64.b64encode(bytes(range(32, 64))).decode(),
        smtp_url=smtp_url or f"smtp://127.0.0.1:{base + 4}",
    )
    await bootstrap(settings, folder / "dev.env")
    async with AsyncExitStack() as stack:
        processes: dict[str, ServiceProcess] = {}
        for module in PROCESSES:
            process = ServiceProcess(module, settings, folder / f"{module}.log")
            processes[module] = stack.enter_context(process)
        await asyncio.gather(*(process.ready(120) for process in processes.values()))
        yield System(settings, broker, processes, read_variables(folder / "dev.env"))
