"""The members of the site, what stands in their way, and the one rule about what they may post."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_LETTERS = "ACDEFHKLMNPRTUVWXY"
_CODE_LENGTH = 5
_BANNED = ("guaranteed", "free followers", "get rich")


class Trouble(StrEnum):
    """What the site does instead of what a member wanted."""

    CAPTCHA = "captcha"
    CHALLENGE = "challenge"
    ERROR = "error"
    SLOW = "slow"
    HANG = "hang"


@dataclass(slots=True)
class Member:
    """A member; `held_by` keeps them from everything until they have typed `code`."""

    username: str
    token: str
    troubles: dict[str, list[Trouble]] = field(default_factory=dict[str, list[Trouble]])
    bio: str = ""
    following: list[str] = field(default_factory=list[str])
    posts: list[str] = field(default_factory=list[str])
    held_by: Trouble | None = None
    code: str = ""

    def meets(self, action: str) -> Trouble | None:
        """What comes in the way of an action now; what a person must solve stays until then."""
        if self.held_by is None and self.troubles.get(action):
            trouble = self.troubles[action].pop(0)
            if trouble in (Trouble.ERROR, Trouble.SLOW, Trouble.HANG):
                return trouble
            self.held_by, self.code = trouble, _code()
        return self.held_by

    def solve(self, typed: str) -> bool:
        """Whether the typed code is right; then nothing stands in the way any more."""
        if self.held_by is None:
            return True
        if not secrets.compare_digest(typed.strip().upper().encode(), self.code.encode()):
            return False
        self.held_by, self.code = None, ""
        return True


class Members:
    """All members, in memory: the site forgets them when it ends."""

    def __init__(self) -> None:
        self._by_token: dict[str, Member] = {}

    def join(
        self, username: str, token: str, troubles: Mapping[str, Iterable[Trouble]] | None = None
    ) -> Member:
        """The member with this token, made where there is none."""
        if token not in self._by_token:
            planned = {action: list(those) for action, those in (troubles or {}).items()}
            self._by_token[token] = Member(username, token, planned)
        return self._by_token[token]

    def of_token(self, token: str) -> Member | None:
        """Whose token this is."""
        return self._by_token.get(token)

    def named(self, username: str) -> Member:
        """The member of this name. Raises KeyError."""
        return {one.username: one for one in self._by_token.values()}[username]

    @property
    def names(self) -> list[str]:
        """Everybody's name."""
        return sorted(one.username for one in self._by_token.values())


def is_against_the_rules(text: str) -> bool:
    """Whether the site turns a post away."""
    return any(words in text.lower() for words in _BANNED)


def _code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
