"""Standing rules: make them, list them with their uses, let them decide or only watch, end them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.bodies import read_model
from api.calls import caller_of, request_id_in
from api.door import FrontDoor, door_of
from api.identity.access import Operation
from api.identity.deeds import deed_of
from api.json_answers import answer
from api.rest.documents.standing_rules import StandingRuleDocument, StandingRulesDocument
from api.rest.examples.standing_rules import RULE, RULE_BODY, RULE_FROM_BODY, RULE_LIST
from api.rest.inputs import NothingInput
from api.rest.rule_inputs import ModeInput, RuleFromInput, RuleInput, RulesQuery
from api.rest.spec import Shown, described
from api.ruling import change_mode, end_rule, make_rule, parsed_value, rule_from
from kernel.directory.standing_rule import Mode, StandingRule
from kernel.directory.standing_rules import Wanted
from kernel.errors import Flaw, Invalid
from projections.history.rule_uses import Uses, uses_of

router = APIRouter(tags=["standing rules"])
_rules = "/api/v1/standing-rules"
_epoch = datetime(1970, 1, 1, tzinfo=UTC)


@router.get(
    _rules,
    **described(
        Operation.READ_RULES,
        "List standing rules",
        Shown(StandingRulesDocument, RULE_LIST),
        problems=("invalid",),
    ),
)
async def list_rules(request: Request, query: Annotated[RulesQuery, Query()]) -> Response:
    """The tenant's standing rules, the newest first, and how often each was used."""
    door = door_of(request)
    wanted = Wanted(
        tenant=caller_of(request).tenant,
        valid_only=query.valid,
        kind=query.type,
        before=None if query.cursor is None else _place(query.cursor),
        limit=query.limit + 1,
    )
    found = await door.directory.standing_rules.list(wanted)
    shown = found[: query.limit]
    cursor = _cursor(shown[-1]) if len(found) > query.limit else None
    return answer({"items": await rule_documents(door, shown), "next_cursor": cursor})


@router.post(
    _rules,
    **described(
        Operation.MAKE_RULES,
        "Make a standing rule",
        Shown(StandingRuleDocument, RULE, 201),
        body=Shown(RuleInput, RULE_BODY),
    ),
)
async def post_rule(request: Request) -> Response:
    """Decides questions yet to come that hold just these values, until a moment."""
    given = (await read_model(request, RuleInput)).given()
    deed = deed_of(request, "standing_rule.made", type=given.kind, decision=given.decision)
    made = await make_rule(door_of(request), caller_of(request), given, deed)
    return await _told(request, made, 201)


@router.post(
    "/api/v1/requests/{request_id}/standing-rule",
    **described(
        Operation.MAKE_RULES,
        "Make a standing rule from an answer",
        Shown(StandingRuleDocument, RULE, 201),
        body=Shown(RuleFromInput, RULE_FROM_BODY),
        problems=("unknown",),
    ),
)
async def post_rule_from(request: Request, request_id: str) -> Response:
    """Repeats a person's answer for later questions that hold the same values in these places."""
    door, caller = door_of(request), caller_of(request)
    body = await read_model(request, RuleFromInput)
    answered = request_id_in(request_id)
    given = await rule_from(door, caller.tenant, answered, body.pointers, body.terms())
    deed = deed_of(request, "standing_rule.made", type=given.kind, decision=given.decision)
    return await _told(request, await make_rule(door, caller, given, deed), 201)


@router.get(
    _rules + "/{rule_id}",
    **described(
        Operation.READ_RULES,
        "Read a standing rule",
        Shown(StandingRuleDocument, RULE),
        problems=("unknown",),
    ),
)
async def read_rule(request: Request, rule_id: str) -> Response:
    """One rule, whether it still holds or not."""
    return await _told(request, await _rule(request, rule_id))


@router.post(
    _rules + "/{rule_id}/mode",
    **described(
        Operation.MAKE_RULES,
        "Let a standing rule decide, or watch",
        Shown(StandingRuleDocument, {**RULE, "version": 2}),
        body=Shown(ModeInput, {"mode": "live"}),
        problems=("unknown",),
    ),
)
async def post_mode(request: Request, rule_id: str) -> Response:
    """Makes a new version of a rule, for which whoever does this answers."""
    mode = Mode((await read_model(request, ModeInput)).mode)
    rule = await _rule(request, rule_id)
    deed = deed_of(request, "standing_rule.changed", rule.id, mode=mode)
    changed = await change_mode(door_of(request), caller_of(request), rule, mode, deed)
    return await _told(request, changed)


@router.post(
    _rules + "/{rule_id}/revoke",
    **described(
        Operation.MAKE_RULES,
        "Revoke a standing rule",
        Shown(StandingRuleDocument, {**RULE, "valid": False}),
        body=Shown(NothingInput, {}),
        problems=("unknown",),
    ),
)
async def post_revoke(request: Request, rule_id: str) -> Response:
    """Ends a rule: within 5 seconds it decides nothing any more."""
    await read_model(request, NothingInput)
    rule = await _rule(request, rule_id)
    deed = deed_of(request, "standing_rule.revoked", rule.id)
    ended = await end_rule(door_of(request), caller_of(request), rule, deed)
    return await _told(request, ended)


async def rule_documents(door: FrontDoor, rules: Sequence[StandingRule]) -> list[dict[str, Any]]:
    """Rules of one tenant with their uses."""
    if not rules:
        return []
    uses = await uses_of(door.pool, rules[0].tenant, [rule.id for rule in rules])
    now = door.clock()
    return [_document(rule, uses.get(rule.id, Uses()), now) for rule in rules]


def _document(rule: StandingRule, uses: Uses, now: datetime) -> dict[str, Any]:
    same = (
        "id", "version", "principal_id", "decision", "comment", "valid_until", "max_uses", "mode",
        "made_by", "made_at", "made_from", "revoked_at", "revoked_by",
    )  # fmt: skip
    return {
        **{name: getattr(rule, name) for name in same},
        "type": rule.kind,
        "requester": rule.asker,
        "matches": [{"pointer": m.pointer, "value": parsed_value(m)} for m in rule.matches],
        "valid": rule.revoked_at is None and now < rule.valid_until,
        "uses": {
            "decided": uses.decided,
            "in_shadow": uses.in_shadow,
            "last_at": uses.last_at,
        },
    }


async def _rule(request: Request, rule_id: str) -> StandingRule:
    rules = door_of(request).directory.standing_rules
    return await rules.get(caller_of(request).tenant, rule_id[:64])


async def _told(request: Request, rule: StandingRule, status: int = 200) -> Response:
    (document,) = await rule_documents(door_of(request), [rule])
    return answer(document, status)


def _cursor(last: StandingRule) -> str:
    micros = (last.made_at - _epoch) // timedelta(microseconds=1)
    return f"{micros}~{last.id}"


def _place(cursor: str) -> tuple[datetime, str]:
    micros, _, rule_id = cursor.partition("~")
    try:
        return _epoch + timedelta(microseconds=int(micros)), str(UUID(rule_id))
    except (ValueError, OverflowError):
        flaw = Flaw("/cursor", "take it from `next_cursor`")
        raise Invalid("the cursor is not ours", (flaw,)) from None
