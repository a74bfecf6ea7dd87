"""What a provider says became of a message: its words as ours, whoever's they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import Headers

from kernel.outbound.receipts import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One thing that a provider says of one message; `provider_id` is what it calls it.

    `provider` is the word under which the message was handed over.
    """

    provider: str
    provider_id: str
    receipt: Receipt
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A provider's call as it came: where to, its headers, the raw body, and when."""

    url: str
    headers: Headers
    body: bytes
    now: datetime

    def header(self, name: str) -> str:
        """A header that came once, else nothing."""
        given = self.headers.getlist(name)
        return given[0] if len(given) == 1 else ""


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider's calls are told from forged ones, and read.

    `is_genuine` takes the secret that is shared with it, `reported` gives nothing for what is no
    news and raises `Invalid` for what can't be read.
    """

    is_genuine: Callable[[str, Post], bool]
    reported: Callable[[Post], tuple[Reported, ...]]
