"""By which ways one person is told: their own choice, else what the request asks for; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from event_schemas.types import Priority
from kernel.directory.preferences import Preferences

EMAIL, WEB, SLACK, SMS = "email", "web", "slack", "sms"
CHAT, PUSH, WEBHOOK = "chat", "push", "webhook"
PERSONAL = frozenset({EMAIL, SLACK, SMS, CHAT, PUSH})
"""Channels that lead to one person."""


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """One recipient on one channel; `person` is who of the tenant that is, if it is one."""

    channel: str
    target: str
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person as planning needs to know one.

    `browsers` are ids of push subscriptions; who is `in_slack` is found there by e-mail address.
    """

    id: str
    email: str
    name: str = ""
    preferences: Preferences = field(default_factory=Preferences)
    browsers: tuple[str, ...] = ()
    in_slack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a person is told, and how instead if the first way fails."""

    told: tuple[Told, ...]
    reserve: tuple[Told, ...] = ()


def ways(person: Someone, priority: Priority, wanted: Sequence[str]) -> Ways:
    """How this person is told; `wanted` are the request's channels, none meaning any.

    A person's own choice for the priority counts. Who made none is told on those of the request's
    channels on which they have an address, by e-mail where there is none, and in the browsers that
    they asked for.
    """
    preferences = person.preferences
    chosen = preferences.channels.get(priority)
    if chosen is None:
        usual = [one for one in wanted if one in PERSONAL and addresses(person, one)] or [EMAIL]
        chosen = [*usual, PUSH] if person.browsers and PUSH not in usual else usual
    told = tuple(one for channel in chosen for one in addresses(person, channel))
    reserve: tuple[Told, ...] = ()
    if told and preferences.fallback is not None and preferences.fallback not in chosen:
        reserve = addresses(person, preferences.fallback)
    return Ways(told=tuple(dict.fromkeys(told)), reserve=reserve)


def addresses(person: Someone, channel: str) -> tuple[Told, ...]:
    """Where this person is on a channel; nowhere gives none."""
    preferences = person.preferences
    match channel:
        case "email":
            targets = (person.email.lower(),)
        case "sms":
            targets = (preferences.phone,)
        case "slack":
            found = person.email.lower() if person.in_slack else None
            targets = (preferences.slack_user_id or found,)
        case "chat":
            targets = tuple(f"{person.id}/{name}" for name in preferences.chats)
        case "push":
            targets = person.browsers
        case _:
            targets = ()
    return tuple(Told(channel, target, person.id) for target in targets if target)
