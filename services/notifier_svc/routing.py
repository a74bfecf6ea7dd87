"""People are told: who hears of a notice, by a pure function.

* Those whom the question names as recipients are told at their address; where it names nobody,
  the people who may answer are told, unless it names only channels that lead to no person.
* A notice with an audience of its own (a rung, a stage, an owner) is for that audience's people,
  and where nobody is found there, for those of the question.
* A reminder of a request that a person has taken is for that person alone.
* What only informs is for the people whom the caller found, and never for the queue.
* The channel `web` is the reviewers' queue: being in it counts as told. It also stands in where
  nobody else can be told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from event_schemas.types import Candidates, Recipient
from services.notifier_svc.notice import INFORMS, Brief, Notice, Why
from services.notifier_svc.reach import EMAIL, PERSONAL, SLACK, SMS, WEB, Someone, Told

QUEUE = "queue"
# Beyond so many people a message to each is noise; they find the request in their queue.
PEOPLE_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The people that a notice may be for: its audience, the question's candidates, by id.

    `by_email` are those whose e-mail address (in lower case) the question names.
    """

    audience: Sequence[Someone] = ()
    candidates: Sequence[Someone] = ()
    by_id: Mapping[str, Someone]
    by_email: Mapping[str, Someone]


@dataclass(frozen=True, slots=True)
class Heard:
    """Who hears of a notice: people, told as they wish, and addresses, told as they stand."""

    people: tuple[Someone, ...] = ()
    addresses: tuple[Told, ...] = ()


def who_hears(notice: Notice, brief: Brief, known: Known) -> Heard:
    """Each person and each address once, in a fixed order."""
    if notice.why in INFORMS:
        return _heard(known.audience)
    excluded = frozenset(brief.question.policy.excluded)
    owner = known.by_id.get(notice.assignee or "")
    if notice.why is Why.REMINDED and owner is not None:
        return _heard([owner])
    audience = _able(known.audience, excluded)
    if notice.audience is not None and audience:
        return _heard(audience)
    routing = brief.question.routing
    named = [_named(one, known) for one in routing.recipients]
    people = [one for one in named if isinstance(one, Someone)]
    addresses = {one for one in named if isinstance(one, Told)}
    if people or addresses:
        taken = {one.email.lower() for one in people}
        left = [one for one in addresses if one.channel != EMAIL or one.target not in taken]
        return _heard(people, left)
    unwanted = bool(routing.channels) and not PERSONAL.intersection(routing.channels)
    return Heard() if unwanted else _heard(_able(known.candidates, excluded))


def with_channels(told: Iterable[Told], channels: Sequence[str]) -> list[Told]:
    """All that was found, and the channels asked for on which nobody was; never empty."""
    found = set(told)
    used = {one.channel for one in found}
    found |= {Told(name, name) for name in channels if name not in (*used, EMAIL, WEB)}
    if WEB in channels or not found:
        found.add(Told(WEB, QUEUE))
    return sorted(found, key=lambda one: (one.channel, one.target, one.person or ""))


def named_people(notice: Notice, brief: Brief) -> frozenset[str]:
    """The ids of people that must be looked up for this notice."""
    recipients = {one.person for one in brief.question.routing.recipients if one.person}
    return frozenset(recipients | ({notice.assignee} if notice.assignee else set()))


def asks_candidates(notice: Notice, brief: Brief) -> Candidates | None:
    """Whose people stand in for recipients that the question does not name."""
    return None if brief.question.routing.recipients else brief.question.policy.candidates


def named_addresses(brief: Brief) -> frozenset[str]:
    """The e-mail addresses that the question names, which may be people's."""
    recipients = brief.question.routing.recipients
    return frozenset(one.email.strip().lower() for one in recipients if one.email)


def _able(people: Sequence[Someone], excluded: frozenset[str]) -> list[Someone]:
    return [one for one in people if one.id not in excluded]


def _heard(people: Sequence[Someone], addresses: Iterable[Told] = ()) -> Heard:
    by_id = {one.id: one for one in people}
    return Heard(
        people=tuple(by_id[key] for key in sorted(by_id)[:PEOPLE_MAX]),
        addresses=tuple(sorted(set(addresses), key=lambda one: (one.channel, one.target))),
    )


def _named(recipient: Recipient, known: Known) -> Someone | Told | None:
    match recipient:
        case Recipient(email=str(address)):
            plain = address.strip().lower()
            owner = known.by_email.get(plain)
            return Told(EMAIL, plain, owner and owner.id)
        case Recipient(slack_user_id=str(user)):
            return Told(SLACK, user)
        case Recipient(slack_channel=str(channel)):
            return Told(SLACK, channel)
        case Recipient(phone=str(number)):
            return Told(SMS, number)
        case Recipient(person=str(person)):
            return known.by_id.get(person)
        case _:
            return None
