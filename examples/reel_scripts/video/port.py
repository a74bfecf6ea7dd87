"""What a video generator is given, what it gives back, and how it can fail."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A video to be made: the approved script and nothing that could be written differently.

    `key` names the order; a generator that gets the same key twice makes one video.
    """

    key: str
    title: str
    script: str


@dataclass(frozen=True, slots=True)
class Working:
    """Not ready yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A video (MP4) that plays so long, with its captions as WebVTT where there are any."""

    video: bytes
    seconds: float
    captions: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no video of this order, and why; whoever wants one orders it again."""

    reason: str


Progress: TypeAlias = Working | Made | Failed


class GeneratorAway(Exception):
    """It does not answer just now; the same call later may succeed."""


class GeneratorRefused(Exception):
    """It won't make this video, however often it is asked."""


class VideoGenerator(Protocol):
    """Makes videos of scripts: the step that costs money."""

    name: str

    async def start(self, order: Order) -> str:
        """Begin, and give the ticket to ask with. Raises `GeneratorAway`, `GeneratorRefused`."""
        ...

    async def look(self, order: Order, ticket: str) -> Progress:
        """How far an order is. Raises `GeneratorAway`."""
        ...
