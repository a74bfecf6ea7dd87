"""The bodies by which people say how they are told, strict as all others."""

import base64
import binascii
from datetime import time
from functools import cache
from typing import Annotated, Literal, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from kernel.question import Input, Name, PriorityWord, WebAddress

_POINT_BYTES, _AUTH_BYTES = 65, 16
_UNCOMPRESSED = 4


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(text: str) -> str:
    if text not in _zones():
        raise PydanticCustomError("zone", "a time zone such as Europe/Berlin is expected")
    return text


def _bytes_of(text: str, count: int) -> bytes:
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != count:
        raise PydanticCustomError("base64url", "base64url is expected, as a browser gives it")
    return value


def _point(text: str) -> str:
    if _bytes_of(text, _POINT_BYTES)[0] != _UNCOMPRESSED:
        raise PydanticCustomError("point", "an uncompressed point on P-256 is expected")
    return text


def _secret(text: str) -> str:
    _bytes_of(text, _AUTH_BYTES)
    return text


PersonalChannel: TypeAlias = Literal["email", "slack", "sms", "chat", "push"]
Zone: TypeAlias = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
Clock: TypeAlias = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Phone: TypeAlias = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
SlackUser: TypeAlias = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,30}$")]
ChatAddress: TypeAlias = Annotated[str, Field(min_length=1, max_length=1000)]
NoticeId: TypeAlias = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Chats: TypeAlias = Annotated[dict[Name, ChatAddress | None], Field(max_length=10)]


class QuietInput(Input):
    """From when to when only what is urgent is told, by the person's own clock."""

    begin: Clock
    end: Clock

    def times(self) -> tuple[time, time]:
        """Both as times."""
        return time.fromisoformat(self.begin), time.fromisoformat(self.end)


class PreferencesInput(Input):
    """How one wants to be told; what is left out is as usual again.

    `chats` are addresses in apprise's form by a name of one's own; one whose address is null keeps
    the address that it has, one that is left out goes.
    """

    language: Literal["en", "de", "fr"] = "en"
    time_zone: Zone = "UTC"
    channels: dict[PriorityWord, Annotated[list[PersonalChannel], Field(max_length=5)]] = Field(
        default_factory=dict
    )
    quiet: QuietInput | None = None
    digest: Literal["never", "hourly", "daily"] = "never"
    digest_at: Clock = "08:00"
    at_most: Annotated[int, Field(ge=1, le=1000)] = 30
    fallback: PersonalChannel | None = None
    fallback_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    phone: Phone | None = None
    slack_user_id: SlackUser | None = None
    chats: Chats = Field(default_factory=dict)

    def digest_time(self) -> time:
        """When daily summaries come."""
        return time.fromisoformat(self.digest_at)


class SeenNoticesInput(Input):
    """Which notices were seen; left out, all."""

    ids: Annotated[list[NoticeId], Field(max_length=200)] | None = None


class PushKeysInput(Input):
    """The keys of a browser's subscription (RFC 8291)."""

    p256dh: Annotated[str, Field(max_length=200), AfterValidator(_point)]
    auth: Annotated[str, Field(max_length=100), AfterValidator(_secret)]


class PushInput(Input):
    """A browser's subscription, as `PushSubscription.toJSON()` gives it."""

    endpoint: WebAddress
    keys: PushKeysInput
    expirationTime: float | None = None  # noqa: N815 - the browser's own name


class TenantNoticesInput(Input):
    """Where the tenant is told; what is left out is told no more.

    `chats` as a person's.
    """

    webhook_url: WebAddress | None = None
    chats: Chats = Field(default_factory=dict)
