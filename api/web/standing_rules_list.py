"""Standing rules: which hold, who made them, how often each was used, and a button to end them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.ruling import change_mode, end_rule
from api.web.forms import read_form
from api.web.notices import Notice
from api.web.people import names_of
from api.web.rendering import page
from api.web.routing import SEE_OTHER, PageRoute, frame, page_for
from api.web.session import Session, check_form
from api.web.time_words import moment, span
from kernel.directory.principals import Principal
from kernel.directory.standing_rule import Match, Mode, StandingRule
from kernel.directory.standing_rules import Wanted
from kernel.standing_rules import may_make
from projections.history.rule_uses import Uses, uses_of
from task_kinds.kind import Kind

MOST_SHOWN = 200
_told = {
    "made": Notice("good", "The rule holds from now on."),
    "ended": Notice("good", "The rule is revoked. It decides nothing any more."),
    "changed": Notice("good", "The rule is changed; you answer for it from now on."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule; `changes` and `ends` say whether the viewer may change and end it."""

    id: str
    version: int
    decision: str
    tone: str
    kind: str
    asker: str
    principal: str
    matches: tuple[Match, ...]
    comment: str
    until: str
    left: str
    uses: str
    last_used: str
    maker: str
    made: str
    made_from: str
    shadow: bool
    ended: str
    changes: bool
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Who looks at rules, when, and what is known of what they name."""

    person: Principal
    now: datetime
    names: Mapping[str, str]
    kinds: Mapping[str, Kind]


async def show_rules(request: Request, session: Session) -> Response:
    """The page: the rules that hold, or with `all` also those that do no more."""
    door, tenant = door_of(request), session.person.tenant
    everything = request.query_params.get("all") == "1"
    wanted = Wanted(tenant=tenant, valid_only=not everything, limit=MOST_SHOWN)
    rules = await door.directory.standing_rules.list(wanted)
    uses = await uses_of(door.pool, tenant, [rule.id for rule in rules])
    looking = await _looking(door, session.person, rules)
    values = {
        **frame(session),
        "rows": [_row(rule, uses.get(rule.id, Uses()), looking) for rule in rules],
        "everything": everything,
        "notice": _told.get(request.query_params.get("told", "")),
    }
    return page("standing_rules.html", values)


async def revoke(request: Request, session: Session) -> Response:
    """Ends a rule."""
    door, rule, _ = await _posted(request, session)
    await end_rule(door, session.person, rule, deed_of(request, "standing_rule.revoked", rule.id))
    return RedirectResponse("/rules?told=ended", SEE_OTHER)


async def change(request: Request, session: Session) -> Response:
    """Lets a rule decide, or only watch."""
    door, rule, fields = await _posted(request, session)
    mode = Mode.SHADOW if fields.get("mode") == Mode.SHADOW else Mode.LIVE
    deed = deed_of(request, "standing_rule.changed", rule.id, mode=mode)
    await change_mode(door, session.person, rule, mode, deed)
    return RedirectResponse("/rules?told=changed", SEE_OTHER)


async def _posted(
    request: Request, session: Session
) -> tuple[FrontDoor, StandingRule, dict[str, str]]:
    door, fields = door_of(request), await read_form(request)
    check_form(request, session.token, fields.get("csrf", ""))
    rule_id = str(request.path_params["rule_id"])[:64]
    rule = await door.directory.standing_rules.get(session.person.tenant, rule_id)
    return door, rule, fields


async def _looking(door: FrontDoor, person: Principal, rules: list[StandingRule]) -> Looking:
    tenant = person.tenant
    named = [one for rule in rules for one in (rule.made_by, rule.revoked_by)]
    kinds = await door.directory.kinds.every(tenant)
    return Looking(
        person=person,
        now=door.clock(),
        names=await names_of(door.directory, tenant, named),
        kinds={kind.name: kind for kind in kinds},
    )


def _row(rule: StandingRule, uses: Uses, looking: Looking) -> Row:
    kind, now = looking.kinds.get(rule.kind), looking.now
    holds = rule.revoked_at is None and now < rule.valid_until
    might = kind is not None and may_make(kind, looking.person.roles, rule.principal_id)
    means = {option.name: option.means for option in kind.decisions} if kind else {}
    count = uses.in_shadow if rule.mode is Mode.SHADOW else uses.decided
    limited = rule.max_uses is not None and rule.mode is Mode.LIVE
    return Row(
        id=rule.id,
        version=rule.version,
        decision=rule.decision.replace("_", " "),
        tone={"approve": "good", "reject": "bad"}.get(means.get(rule.decision, ""), "state"),
        kind=rule.kind.replace("_", " "),
        asker=rule.asker,
        principal=rule.principal_id or "",
        matches=rule.matches,
        comment=rule.comment or "",
        until=moment(rule.valid_until),
        left=f"{span(rule.valid_until - now)} left" if holds else "",
        uses=f"{count} of {rule.max_uses}" if limited else f"{count}",
        last_used=moment(uses.last_at),
        maker=looking.names.get(rule.made_by, rule.made_by),
        made=moment(rule.made_at),
        made_from=rule.made_from or "",
        shadow=rule.mode is Mode.SHADOW,
        ended=_ended(rule, holds, looking.names),
        changes=holds and might,
        ends=holds and (might or rule.made_by == looking.person.id),
    )


def _ended(rule: StandingRule, holds: bool, names: Mapping[str, str]) -> str:
    if holds:
        return ""
    if rule.revoked_at is None:
        return "ran out"
    who = names.get(rule.revoked_by or "", rule.revoked_by or "")
    return f"revoked by {who}, {moment(rule.revoked_at)}"


PAGES: tuple[PageRoute, ...] = (
    page_for("GET", "/rules", Operation.READ_RULES, show_rules),
    page_for("POST", "/rules/{rule_id}/revoke", Operation.MAKE_RULES, revoke),
    page_for("POST", "/rules/{rule_id}/mode", Operation.MAKE_RULES, change),
)
