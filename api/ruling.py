"""Makes, changes and ends standing rules, for people who may decide such questions themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from api.door import FrontDoor
from api.reading import find, find_current
from event_schemas.types import Outcome, Policy
from kernel.content import needs_data
from kernel.directory.principals import Principal
from kernel.directory.standing_rule import Match, Mode, StandingRule, match_of
from kernel.directory.store import Deed
from kernel.errors import Flaw, Invalid, NotAllowed, NotFound
from kernel.ids import new_id
from kernel.question import Question
from kernel.resolution import Resolution
from kernel.standing_rules import LONGEST, Asked, may_make, objections
from kernel.text import pointer
from kernel.validation import flawed
from projections.inbox.shown import RequestInFull
from task_kinds.kind import Kind
from task_kinds.pointers import MISSING, value_at

MAX_VALUE_BYTES = 32 * 1024
_too_long = f"the values have more than {MAX_VALUE_BYTES // 1024} KiB in RFC 8785 form"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRule:
    """A rule as it was given: of which questions, what is decided, and how long that holds."""

    kind: str
    principal_id: str | None
    asker: str
    matches: tuple[Match, ...]
    decision: str
    comment: str | None
    valid_until: datetime
    max_uses: int | None
    mode: Mode
    made_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a rule holds, how often, whether it decides, and with which words."""

    valid_until: datetime
    max_uses: int | None = None
    mode: Mode = Mode.LIVE
    comment: str | None = None


async def rule_from(
    door: FrontDoor, tenant: str, request_id: str, pointers: Sequence[str], terms: Terms
) -> GivenRule:
    """The rule that repeats a person's answer wherever these places hold the same values.

    Raises:
        NotFound: the tenant has no such request.
        Invalid: no person has answered it, or a place is not in its context.
        Behind: the view may lack its answer.
    """
    found = await find(door, tenant, request_id)
    if found.line.open:
        found = await find_current(door, tenant, request_id)
    line, response = found.line, found.line.response or {}
    answered = line.outcome in (Outcome.ANSWERED, Outcome.COULD_NOT_COMPLETE)
    if not answered or response.get("rule") or response.get("default"):
        raise Invalid("A rule repeats a person's answer, and no person has answered this request")
    return GivenRule(
        kind=line.kind,
        principal_id=line.principal_id,
        asker=line.requester_id,
        matches=_matches_in(found, pointers),
        decision=response["decision"],
        comment=response["comment"] if terms.comment is None else terms.comment,
        valid_until=terms.valid_until,
        max_uses=terms.max_uses,
        mode=terms.mode,
        made_from=line.id,
    )


async def make_rule(
    door: FrontDoor, maker: Principal, given: GivenRule, deed: Deed
) -> StandingRule:
    """Keeps a rule that the caller makes.

    Raises:
        NotAllowed: the caller may not make rules for this kind.
        Invalid: the rule can't hold; every flaw by its JSON pointer.
        Unavailable: Postgres is away.
    """
    kind = await kind_for(door, maker, given.kind, given.principal_id)
    now = door.clock()
    rule = StandingRule(
        id=new_id(),
        tenant=maker.tenant,
        version=1,
        kind=given.kind,
        principal_id=given.principal_id,
        asker=given.asker,
        matches=given.matches,
        decision=given.decision,
        comment=given.comment,
        valid_until=given.valid_until,
        max_uses=given.max_uses,
        mode=given.mode,
        made_by=maker.id,
        made_at=now,
        made_from=given.made_from,
    )
    flaws = (*_own_flaws(rule, now), *await _objections(door, rule, maker, kind))
    if flaws:
        raise Invalid(f"the rule has {len(flaws)} flaw(s)", flaws)
    return await door.directory.standing_rules.put(rule, deed)


async def change_mode(
    door: FrontDoor, changer: Principal, rule: StandingRule, mode: Mode, deed: Deed
) -> StandingRule:
    """Lets a rule decide, or only watch; whoever does so answers for it from then on.

    Raises:
        NotAllowed: the caller may not make rules for this kind.
        Invalid: the rule could not be made like that now.
        NotFound: it holds no more.
        Unavailable: Postgres is away.
    """
    kind = await kind_for(door, changer, rule.kind, rule.principal_id)
    changed = replace(rule, mode=mode, made_by=changer.id)
    if flaws := await _objections(door, changed, changer, kind):
        raise Invalid(f"the rule has {len(flaws)} flaw(s)", flaws)
    return await door.directory.standing_rules.set_mode(rule, mode, deed)


async def end_rule(
    door: FrontDoor, ender: Principal, rule: StandingRule, deed: Deed
) -> StandingRule:
    """Revokes a rule, for whoever made it and all who could have.

    Raises:
        NotAllowed: the caller is neither.
        Unavailable: Postgres is away.
    """
    if ender.id != rule.made_by:
        await kind_for(door, ender, rule.kind, rule.principal_id)
    return await door.directory.standing_rules.revoke(rule, deed)


async def kind_for(door: FrontDoor, person: Principal, name: str, principal_id: str | None) -> Kind:
    """The kind, for somebody who may make rules for it and a principal.

    Raises:
        NotAllowed: this person may not.
        Invalid: there is no such kind any more.
        Unavailable: Postgres is away, and was when last asked.
    """
    try:
        kind = await door.directory.kinds.get(person.tenant, name)
    except NotFound as unknown:
        raise flawed("/type", str(unknown)) from None
    if not may_make(kind, person.roles, principal_id):
        raise NotAllowed(f"Rules for {kind.name} are made by its {kind.standing_rules}")
    return kind


async def _objections(
    door: FrontDoor, rule: StandingRule, maker: Principal, kind: Kind
) -> tuple[Flaw, ...]:
    acting = await door.directory.links.every(maker.tenant)
    linked = maker.id in acting.get(rule.asker, ())
    policy, form = await _terms_of(door, rule, kind)
    asked = Asked(
        kind=kind,
        policy=policy,
        principal_id=rule.principal_id,
        asker=rule.asker,
        context={},
        needs_data=needs_data(form),
    )
    return objections(replace(rule, maker_roles=maker.roles, linked=linked), asked)


async def _terms_of(door: FrontDoor, rule: StandingRule, kind: Kind) -> tuple[Policy, Any]:
    """The policy and form of the request that the rule was made from, else those of its kind."""
    if rule.made_from is not None:
        policy = await door.inbox.policy_of(rule.tenant, rule.made_from)
        found = await door.inbox.one(rule.tenant, rule.made_from)
        if policy is not None and found is not None:
            return policy, found.form
    plain = Question(type=kind.name, title=kind.title)
    return Resolution(plain, kind, {}).policy(), kind.form


def _matches_in(found: RequestInFull, pointers: Sequence[str]) -> tuple[Match, ...]:
    flaws: list[Flaw] = []
    matches: list[Match] = []
    for number, place in enumerate(pointers):
        value = value_at(found.context, place)
        if value is MISSING:
            flaws.append(Flaw(pointer("pointers", number), "the request has nothing there"))
        else:
            matches.append(match_of(place, value))
    if flaws:
        raise Invalid(f"the rule has {len(flaws)} flaw(s)", tuple(flaws))
    return tuple(matches)


def _own_flaws(rule: StandingRule, now: datetime) -> list[Flaw]:
    flaws: list[Flaw] = []
    if not now < rule.valid_until <= now + LONGEST:
        flaws.append(Flaw("/valid_until", f"must lie within the next {LONGEST.days} days"))
    places = [match.pointer for match in rule.matches]
    if len(set(places)) != len(places):
        flaws.append(Flaw("/matches", "a place is named twice"))
    if sum(len(match.value.encode()) for match in rule.matches) > MAX_VALUE_BYTES:
        flaws.append(Flaw("/matches", _too_long))
    return flaws


def parsed_value(match: Match) -> Any:
    """The value that a match wants, as JSON."""
    return orjson.loads(match.value)
