"""Puts request_svc together: membership, shards, and the intake of asks."""

from pathlib import Path

from kernel.clock import utc_now
from kernel.commands import CommandSender
from kernel.consumer import GroupConsumer
from kernel.dead_letters import DeadLetters
from kernel.directory.directory import Directory
from kernel.kafka import topic_name
from kernel.service import Part, Readiness, health_page, run_until_stopped
from kernel.settings import Settings
from kernel.topics import ASKS, LOG
from services.request_svc.checkpoints.saving import EVERY_ENTRIES
from services.request_svc.checkpoints.store import CheckpointStore
from services.request_svc.host import Host
from services.request_svc.intake.intake import GROUP, Intake, decode_ask
from services.request_svc.ownership import Ownership

MIGRATIONS = Path(__file__).parent / "migrations"


def deciding_parts(
    settings: Settings, readiness: Readiness, *, checkpoint_every: int = EVERY_ENTRIES
) -> list[Part]:
    """The parts that decide and relay; readiness gets the condition `deciding`."""
    checkpoints = CheckpointStore(settings.pg_dsn, topic_name(settings, LOG))
    host = Host(settings, readiness, checkpoints, checkpoint_every=checkpoint_every)
    return [Ownership(settings, host.changed, host.progress), host]


def intake_parts(settings: Settings, readiness: Readiness, directory: Directory) -> list[Part]:
    """The parts that take in asks; readiness gets the conditions `kafka` and `commands`."""
    commands = CommandSender(settings, readiness)
    consumer = GroupConsumer(
        settings,
        group=GROUP,
        topics=[ASKS],
        decode=decode_ask,
        handle=Intake(directory, commands, utc_now).handle,
        dead_letters=DeadLetters(settings, lambda: commands.producer),
        readiness=readiness,
    )
    return [commands, consumer]


async def serve(settings: Settings) -> None:
    """Runs the service until it is told to stop."""
    readiness = Readiness("deciding", "commands", "kafka")
    directory = await Directory.connect(settings)
    parts = [*deciding_parts(settings, readiness), *intake_parts(settings, readiness, directory)]
    await run_until_stopped([*parts, health_page(settings, "request_svc", readiness)])
