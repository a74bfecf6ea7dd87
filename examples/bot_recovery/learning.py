"""Whether a bot tries again by itself or a person is asked: from limits and measured success."""

from dataclasses import dataclass

from examples.bot_recovery.failures import FOR_PEOPLE, FailureType
from examples.bot_recovery.settings import Learning, Retries


@dataclass(frozen=True, slots=True)
class Measured:
    """How many retries of a type of failure have an outcome, and how many of those held."""

    tried: int = 0
    held: int = 0

    @property
    def share(self) -> float:
        """The share that held; 0 where nothing was tried."""
        return self.held / self.tried if self.tried else 0.0

    def __str__(self) -> str:
        return f"{self.held} of {self.tried} retries ({self.share:.0%}) held"


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a bot may try again by itself just now, and why so often."""

    retries: int
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a failure, and why, in a sentence for people."""

    retry: bool
    why: str


def limit_of(kind: FailureType, retries: Retries, measured: Measured, learning: Learning) -> Limit:
    """How often a type of failure is tried again before a person is asked."""
    if kind in FOR_PEOPLE:
        return Limit(0, f"a {kind.spoken} is for a person")
    if retries.at_most == 0:
        return Limit(0, f"the settings allow no automatic retry after {kind.spoken}")
    if not learning.enabled:
        return Limit(retries.at_first, f"learning is off: {_times(retries.at_first)}, as set")
    if measured.tried < learning.least_samples:
        known = f"{measured.tried} of the {learning.least_samples} outcomes needed are measured"
        return Limit(retries.at_first, f"only {known}: {_times(retries.at_first)}, as set to begin")
    if measured.share >= learning.worthwhile_share:
        enough = f"{measured}, at least {learning.worthwhile_share:.0%} are asked for"
        return Limit(retries.at_most, f"{enough}: {_times(retries.at_most)}")
    return Limit(0, f"{measured}, less than {learning.worthwhile_share:.0%}: retrying is no use")


def advise(limit: Limit, retries_made: int) -> Advice:
    """Try again or ask, when so many automatic retries were made since a person last looked."""
    if retries_made < limit.retries:
        return Advice(True, f"Automatic retry {retries_made + 1} of {limit.retries}: {limit.why}.")
    if limit.retries:
        return Advice(
            False, f"A person is asked after {_times(limit.retries, made=True)}: {limit.why}."
        )
    return Advice(False, f"A person is asked at once: {limit.why}.")


def _times(count: int, *, made: bool = False) -> str:
    if count == 0:
        return "no automatic retry"
    word = "retry" if count == 1 else "retries"
    return f"{count} automatic {word}" if made else f"up to {count} automatic {word}"
