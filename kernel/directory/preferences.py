"""How people want to be told: their channels, language, quiet hours, and how much at once."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, time, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from event_schemas.types import Priority
from kernel.directory.cache import ReadThrough
from kernel.directory.store import Store
from kernel.secrets import Keyring, Place

LANGUAGES = ("en", "de", "fr")


class Digest(StrEnum):
    """How often what is not pressing is told, in one summary; never means at once."""

    NEVER = "never"
    HOURLY = "hourly"
    DAILY = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which only what is urgent is told, by the person's own clock; may span midnight."""

    begin: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How one person wants to be told.

    `channels` by priority (email, slack, sms, chat, push); one left out follows the request.
    `at_most` notices come singly in ten minutes. `fallback` is the channel for when the first one
    fails, or an urgent notice has not arrived in `fallback_minutes`. `chats` are names only.
    """

    language: str = "en"
    time_zone: str = "UTC"
    channels: Mapping[Priority, tuple[str, ...]] = field(
        default_factory=dict[Priority, tuple[str, ...]]
    )
    quiet: Quiet | None = None
    digest: Digest = Digest.NEVER
    digest_at: time = time(8)
    at_most: int = 30
    fallback: str | None = None
    fallback_minutes: int = 10
    phone: str | None = None
    slack_user_id: str | None = None
    chats: tuple[str, ...] = ()


class AllPreferences:
    """The preferences of all people; what is read is at most 5 s old."""

    def __init__(self, store: Store, keyring: Keyring, now: Callable[[], float]) -> None:
        self._store = store
        self._keyring = keyring
        self._cached = ReadThrough(self._load, now=now)

    async def get(self, tenant: str, person: str) -> Preferences:
        """What this person wants; who never said anything wants what is usual.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
        """
        return (await self._cached.get((tenant, person)))[0]

    async def chat(self, tenant: str, person: str, name: str) -> str | None:
        """The address of one of the person's chats, a secret.

        Raises:
            Unavailable: Postgres is away, and was when last asked.
            Unreadable: it was sealed with a key that is not here.
        """
        sealed = (await self._cached.get((tenant, person)))[1]
        return self._opened(tenant, person, sealed).get(name)

    async def put(
        self, tenant: str, person: str, wanted: Preferences, chats: Mapping[str, str | None]
    ) -> Preferences:
        """Keeps what a person wants, in the place of what was kept before.

        `chats` are all chats by name; None keeps the address that the name has, and goes where
        it has none.

        Raises:
            Unavailable: Postgres is away.
        """
        row = await self._store.of(tenant).row(
            "SELECT chats FROM directory.preferences WHERE tenant = $1 AND person = $2",
            tenant,
            person,
        )
        before = self._opened(tenant, person, row and row["chats"])
        kept = {name: address or before.get(name) for name, address in chats.items()}
        addresses = {name: address for name, address in kept.items() if address}
        wanted = replace(wanted, chats=tuple(sorted(addresses)))
        await self._store.of(tenant).row(
            "INSERT INTO directory.preferences (tenant, person, settings, chats)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, person) DO UPDATE"
            " SET settings = excluded.settings, chats = excluded.chats, updated_at = now()",
            tenant,
            person,
            written(wanted),
            self._keyring.seal(orjson.dumps(addresses).decode(), _place(tenant, person)),
        )
        self._cached.forget((tenant, person))
        return wanted

    def _opened(self, tenant: str, person: str, sealed: bytes | None) -> dict[str, str]:
        if sealed is None:
            return {}
        return orjson.loads(self._keyring.open(sealed, _place(tenant, person)))

    async def _load(self, key: tuple[str, str]) -> tuple[Preferences, bytes | None]:
        row = await self._store.of(key[0]).row(
            "SELECT settings, chats FROM directory.preferences WHERE tenant = $1 AND person = $2",
            *key,
        )
        return (read(row["settings"]), row["chats"]) if row else (Preferences(), None)


def zone_of(name: str) -> tzinfo:
    """The time zone of this name; UTC where this machine knows it no more, so that all are told."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def written(preferences: Preferences) -> dict[str, Any]:
    """Preferences as JSON values; times as HH:MM."""
    quiet = preferences.quiet
    return {
        **asdict(replace(preferences, quiet=None)),
        "channels": {word.value: list(names) for word, names in preferences.channels.items()},
        "quiet": quiet and {"begin": f"{quiet.begin:%H:%M}", "end": f"{quiet.end:%H:%M}"},
        "digest": preferences.digest.value,
        "digest_at": f"{preferences.digest_at:%H:%M}",
        "chats": list(preferences.chats),
    }


def read(values: Mapping[str, Any]) -> Preferences:
    """The preferences of `written`; what is not known any more is left out."""
    known = {one.name for one in fields(Preferences)}
    kept = {name: value for name, value in values.items() if name in known}
    channels: Mapping[str, list[str]] = kept.get("channels", {})
    kept["channels"] = {Priority(word): tuple(names) for word, names in channels.items()}
    if kept.get("quiet"):
        kept["quiet"] = Quiet(
            **{name: time.fromisoformat(at) for name, at in kept["quiet"].items()}
        )
    if "digest_at" in kept:
        kept["digest_at"] = time.fromisoformat(kept["digest_at"])
    kept["digest"] = Digest(kept.get("digest", Digest.NEVER))
    kept["chats"] = tuple(kept.get("chats", ()))
    return Preferences(**kept)


def _place(tenant: str, person: str) -> Place:
    return Place(tenant, "chats", person)
