"""People are told: who hears of a notice, and on which channel, by a pure function.

* Those whom the question names as recipients are told on the channel of their address; where it
  names nobody, the people who may answer are told by e-mail, unless it names channels without it.
* A notice with an audience of its own (a rung, a stage, an owner) is for that audience's people,
  and where nobody is found there, for those of the question.
* A reminder of a request that a person has taken is for that person alone.
* The channel `web` is the reviewers' queue: being in it counts as told. It also stands in where
  nobody else can be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from event_schemas.types import Candidates, Recipient
from services.notifier_svc.notice import Brief, Notice, Why

EMAIL, WEB, SLACK, SMS = "email", "web", "slack", "sms"
QUEUE = "queue"
# Beyond so many people a mail to each is noise; they find the request in their queue.
MAILS_MAX = 50


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """One recipient on one channel."""

    channel: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person as routing needs to know one."""

    id: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The people that a notice may be for: its audience, the question's candidates, by id."""

    audience: Sequence[Someone] = ()
    candidates: Sequence[Someone] = ()
    by_id: Mapping[str, Someone]


def who_hears(notice: Notice, brief: Brief, known: Known) -> list[Told]:
    """Each recipient once, in a fixed order; never empty."""
    routing = brief.question.routing
    channels = notice.channels or routing.channels
    excluded = frozenset(brief.question.policy.excluded)
    told = _people(notice, brief, known, excluded)
    named = {one.channel for one in told}
    told |= {Told(name, name) for name in channels if name not in (*named, EMAIL, WEB)}
    if WEB in channels or not told:
        told.add(Told(WEB, QUEUE))
    return sorted(told)


def named_people(notice: Notice, brief: Brief) -> frozenset[str]:
    """The ids of people that must be looked up for this notice."""
    recipients = {one.person for one in brief.question.routing.recipients if one.person}
    return frozenset(recipients | ({notice.assignee} if notice.assignee else set()))


def asks_candidates(notice: Notice, brief: Brief) -> Candidates | None:
    """Whose people stand in for recipients that the question does not name."""
    return None if brief.question.routing.recipients else brief.question.policy.candidates


def _people(notice: Notice, brief: Brief, known: Known, excluded: frozenset[str]) -> set[Told]:
    owner = known.by_id.get(notice.assignee or "")
    if notice.why is Why.REMINDED and owner is not None:
        return {_mail(owner)}
    audience = _mails(known.audience, excluded)
    if notice.audience is not None and audience:
        return audience
    recipients = [_address(one, known) for one in brief.question.routing.recipients]
    named = {one for one in recipients if one}
    channels = brief.question.routing.channels
    unwanted = bool(channels) and EMAIL not in channels
    return named or (set() if unwanted else _mails(known.candidates, excluded))


def _mails(people: Sequence[Someone], excluded: frozenset[str]) -> set[Told]:
    able = [one for one in people if one.id not in excluded]
    return {_mail(one) for one in sorted(able, key=lambda one: one.id)[:MAILS_MAX]}


def _mail(person: Someone) -> Told:
    return Told(EMAIL, person.email.lower())


def _address(recipient: Recipient, known: Known) -> Told | None:
    match recipient:
        case Recipient(email=str(address)):
            return Told(EMAIL, address.strip().lower())
        case Recipient(slack_user_id=str(user)):
            return Told(SLACK, user)
        case Recipient(slack_channel=str(channel)):
            return Told(SLACK, channel)
        case Recipient(phone=str(number)):
            return Told(SMS, number)
        case Recipient(person=str(person)) if person in known.by_id:
            return _mail(known.by_id[person])
        case _:
            return None
