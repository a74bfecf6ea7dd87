"""The class archive: what lets a Java start the broker in half the time from the second time on."""

import hashlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from deploy.local.guard import Guard
from deploy.local.jars import exclusive
from deploy.local.kafka import BASE_FLAGS, BrokerRuntime, Kafka
from deploy.local.kafka_settings import BrokerPlace
from deploy.local.ports import unused_port
from deploy.local.trouble import Trouble

# From this version on a Java has ahead-of-time caches made in one step (JEP 514).
AOT_MAJOR = 25

# Whoever has just started a stack wants to use it.
LEAST_URGENT = 19
WRITING_SECONDS = 180.0
CDS_OUTPUT = "ArchiveClassesAtExit"
ENDED_BY_SIGTERM = 128 + 15


def archive_path(cache: Path, runtime: BrokerRuntime) -> Path:
    """Where the archive of this Java and these jars lies; it fits no other."""
    told = repr((runtime.java.build, runtime.classpath, BASE_FLAGS))
    return cache / f"classes-{hashlib.sha256(told.encode()).hexdigest()[:12]}.archive"


def with_archive(cache: Path, runtime: BrokerRuntime) -> BrokerRuntime:
    """`runtime` with its archive in use, where it has been made."""
    path = archive_path(cache, runtime)
    if not path.is_file() or path.stat().st_size == 0:
        return runtime
    option = "AOTCache" if runtime.java.major >= AOT_MAJOR else "SharedArchiveFile"
    return replace(runtime, flags=(*runtime.flags, f"-XX:{option}={path}"))


def ensure_archive(cache: Path, runtime: BrokerRuntime, guard: Guard) -> None:
    """Make the archive where it is not there yet; returns when it is."""
    ArchiveMaking(cache, runtime, guard).make()


class ArchiveMaking:
    """Makes the archive, once: a broker of its own runs on empty data and writes it at its end.

    A Java that cannot make one leaves an empty file, and is not asked again.
    """

    def __init__(self, cache: Path, runtime: BrokerRuntime, guard: Guard) -> None:
        self._cache = cache
        self._runtime = runtime
        self._guard = guard
        self._broker: Kafka | None = None
        self._given_up = False

    def make(self) -> None:
        """Make it and return, or return at once where it is there."""
        path = archive_path(self._cache, self._runtime)
        if path.exists():
            return
        with (
            exclusive(self._cache, "classes"),
            TemporaryDirectory(prefix=".archive-", dir=self._cache) as own,
        ):
            made = Path(own) / "archive"
            if not path.exists():
                if not self._trained(Path(own), made):
                    made.unlink(missing_ok=True)
                if not self._given_up:
                    made.touch()
                    made.rename(path)

    def give_up(self) -> None:
        """Let `make`, in another thread, come to its end without an archive."""
        self._given_up = True
        if self._broker:
            self._broker.kill()

    def _trained(self, place: Path, made: Path) -> bool:
        """Run the broker; whether it has written the archive to its last byte."""
        broker_place = BrokerPlace(
            port=unused_port(), controller_port=unused_port(), data=place / "data"
        )
        option = "AOTCacheOutput" if self._runtime.java.major >= AOT_MAJOR else CDS_OUTPUT
        log = place / "kafka.log"
        try:
            plain = Kafka(
                place, place=broker_place, runtime=self._runtime, log=log, guard=self._guard
            )
            plain.prepare()
            writing = replace(self._runtime, flags=(*self._runtime.flags, f"-XX:{option}={made}"))
            self._broker = Kafka(
                place, place=broker_place, runtime=writing, log=log, guard=self._guard
            )
            return not self._given_up and self._run_quietly(self._broker)
        except Trouble:
            return False

    def _run_quietly(self, broker: Kafka) -> bool:
        broker.spawn()
        try:
            psutil.Process(broker.child.pid).nice(LEAST_URGENT)
            broker.await_answer()
        finally:
            broker.child.ask_to_stop()
            broker.child.wait(WRITING_SECONDS)
        return broker.child.exit_code == ENDED_BY_SIGTERM
