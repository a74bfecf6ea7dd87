"""The safeguards that can be switched off, and the invariants of which one then breaks (I14)."""

from dataclasses import dataclass

from tests.simulator.build import Build
from tests.simulator.without_deciding import (
    DecidedOnConfirmed,
    ForgottenNotExpired,
    NoBounds,
    NoDoubt,
    NoGuard,
    NoSizeCheck,
    NothingRemembered,
    OneTime,
    SendsBelieved,
    WriterNamed,
)
from tests.simulator.without_reading import (
    CheckpointBeforeRelay,
    CheckpointOfAssumed,
    LostCommandsSkipped,
    NoCommandCheck,
    NoRelayOrder,
    NoRereading,
    NoSkip,
    NoStoredHeadCheck,
    OutwardOnlyByItsWriter,
    OutwardWhenDecided,
    TimeNotInHead,
    UnknownEntriesSkipped,
)


@dataclass(frozen=True, slots=True)
class Without:
    """A build, the invariants of which one must be seen broken, and what it leaves out."""

    build: type[Build]
    breaks: tuple[str, ...]


WITHOUT: dict[str, Without] = {
    "stored-head": Without(NoStoredHeadCheck, ("I1", "I3", "I5")),
    "command-check": Without(NoCommandCheck, ("I2", "I10")),
    "unknown-entry": Without(UnknownEntriesSkipped, ("I1",)),
    "outward-from-log": Without(OutwardWhenDecided, ("I3", "I4")),
    "outward-by-all": Without(OutwardOnlyByItsWriter, ("I4",)),
    "sends-are-no-evidence": Without(SendsBelieved, ("I1", "I5")),
    "two-layers": Without(NoDoubt, ("I1", "I10")),
    "assumed-layer": Without(DecidedOnConfirmed, ("I6", "I7")),
    "reread-behind-head": Without(NoRereading, ("I1",)),
    "confirmed-checkpoint": Without(CheckpointOfAssumed, ("I5",)),
    "relayed-checkpoint": Without(CheckpointBeforeRelay, ("I4",)),
    "time-in-head": Without(TimeNotInHead, ("I1", "I5", "I8")),
    "outcomes-remembered": Without(NothingRemembered, ("I5", "I7")),
    "forgotten-is-expired": Without(ForgottenNotExpired, ("I7",)),
    "entry-size": Without(NoSizeCheck, ("I10",)),
    "guard": Without(NoGuard, ("I11",)),
    "skip": Without(NoSkip, ("I10",)),
    "lost-is-no-hole": Without(LostCommandsSkipped, ("I2",)),
    "bounds": Without(NoBounds, ("I9",)),
    "relay-order": Without(NoRelayOrder, ("I4",)),
    "same-bytes": Without(WriterNamed, ("I12",)),
    "two-times": Without(OneTime, ("I8",)),
}
