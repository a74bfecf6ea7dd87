"""What a rewriter is asked, what it gives back, and how it can fail."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A script to be written better: `attempt` counts from 1, and each gives another text."""

    title: str
    script: str
    attempt: int
    instructions: str | None = None


class RewriterAway(Exception):
    """It does not answer just now; the same call later may succeed."""


class RewriterRefused(Exception):
    """It won't write this, however often it is asked."""


class Rewriter(Protocol):
    """Writes scripts anew."""

    name: str

    async def rewrite(self, brief: Brief) -> str:
        """The other text. Raises `RewriterAway` or `RewriterRefused`."""
        ...
