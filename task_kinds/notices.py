"""What a kind says of its notices: its own words, a webhook, and whether askers are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWords:
    """Words in the place of the usual ones; None keeps those."""

    subject: str | None = None
    lead: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindNotices:
    """A kind's notices; `webhook` hears of high and urgent requests, with the tenant's secret."""

    tell_requester: bool = False
    webhook: str | None = None
    words: Mapping[str, NoticeWords] = field(default_factory=dict[str, NoticeWords])

    def words_for(self, language: str) -> NoticeWords | None:
        """The kind's own words in a language, if it has any."""
        return self.words.get(language)


NO_NOTICES = KindNotices()


def notices_of(definition: Mapping[str, Any]) -> KindNotices:
    """The notices of a definition that was checked."""
    said = definition.get("notices", {})
    return KindNotices(
        tell_requester=said.get("tell_requester", False),
        webhook=said.get("webhook"),
        words={name: NoticeWords(**words) for name, words in said.get("words", {}).items()},
    )
