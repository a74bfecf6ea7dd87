"""The broker: one Apache Kafka node in KRaft mode."""

import base64
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.child import Child, Command
from deploy.local.guard import Guard
from deploy.local.jdk import Java
from deploy.local.kafka_probe import broker_answers
from deploy.local.kafka_settings import BrokerPlace, rendered, server_properties
from deploy.local.layout import REPOSITORY
from deploy.local.logs import tail
from deploy.local.ports import HOST
from deploy.local.server import Server
from deploy.local.trouble import Trouble

LOG4J = REPOSITORY / "deploy" / "local" / "log4j2.yaml"

# Serial collection starts quickest and leaves the cores to the services beside the broker.
BASE_FLAGS = (
    "-server",
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={LOG4J}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerRuntime:
    """What the broker's code runs on: a Java, the jars, and more flags for the Java."""

    java: Java
    jars: Sequence[Path]
    flags: tuple[str, ...] = ()

    @property
    def classpath(self) -> str:
        """All jars, as the Java launcher takes them."""
        return os.pathsep.join(str(jar) for jar in self.jars)

    def argv(self, log: Path, *program: str) -> tuple[str, ...]:
        """The command that runs the Java class and arguments `program`, logging to `log`."""
        logging = f"-Dhandraise.log={log}"
        launcher = str(self.java.launcher)
        return (launcher, *BASE_FLAGS, *self.flags, logging, "-cp", self.classpath, *program)


class Kafka(Server):
    """A broker with its data in `home`, listening on the loopback only."""

    def __init__(
        self, home: Path, *, place: BrokerPlace, runtime: BrokerRuntime, log: Path, guard: Guard
    ) -> None:
        self._home = home
        self._place = place
        self._runtime = runtime
        self._settings = home / "server.properties"
        command = Command(
            name="kafka",
            argv=runtime.argv(log, "kafka.Kafka", str(self._settings)),
            output=log.with_suffix(".out"),
            environ=os.environ,
            directory=home,
            stop_seconds=30.0,
        )
        super().__init__(Child(command, guard), log=log, patience_seconds=120.0)

    @property
    def address(self) -> str:
        """Its bootstrap servers."""
        return f"{HOST}:{self._place.port}"

    def answers(self) -> bool:
        """Whether the broker is at work: alive in its own metadata."""
        return broker_answers(HOST, self._place.port)

    def prepare(self) -> None:
        """Write the settings, and format the data directory the first time."""
        self._home.mkdir(parents=True, exist_ok=True)
        properties = server_properties(self._place)
        if not (self._place.data / "meta.properties").exists():
            self._format(properties)
        self._settings.write_text(rendered(properties), encoding="utf-8")

    def _format(self, properties: dict[str, str]) -> None:
        # Formatted beside and renamed, so that a format cut short is no broker's data.
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        settings = self._home / "format.properties"
        settings.write_text(rendered(properties | {"log.dirs": str(fresh)}), encoding="utf-8")
        tool = ("kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(settings))
        output = self.child.command.output
        with output.open("ab") as said:
            done = subprocess.run(
                self._runtime.argv(self.log, *tool),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            why = next(reversed(tail(output)), f"exit code {done.returncode}")
            raise Trouble(f"The broker's data could not be formatted: {why}.", f"See {output}.")
        fresh.rename(self._place.data)


def new_cluster_id() -> str:
    """A fresh id of a cluster: 16 random bytes as Kafka writes it, fit for a command line."""
    while True:
        text = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        if not text.startswith("-"):
            return text
