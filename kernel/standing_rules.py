"""Standing rules: what a person has decided about questions yet to come, and which they fit.

A rule fits a question of its kind, principal and asker whose context has just the named values.
Pure: the directory keeps the rules, `kernel.opening` asks which one fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from event_schemas.types import DecisionOption, Means, Policy
from kernel.canonical import canonical
from kernel.directory.principals import Role, covers
from kernel.directory.standing_rule import Mode, StandingRule
from kernel.errors import Flaw
from kernel.request.model import ANSWERING
from kernel.text import JsonObject
from task_kinds.kind import Kind, RuleMakers
from task_kinds.pointers import MISSING, value_at

LONGEST = timedelta(days=90)
_leads = (Role.LEAD, Role.ADMIN)
_makers: Mapping[RuleMakers, tuple[Role, ...]] = {
    RuleMakers.LEADS: _leads,
    RuleMakers.REVIEWERS: (Role.REVIEWER, *_leads),
    RuleMakers.NOBODY: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a rule looks at of a question: its parts as they were resolved.

    `needs_data` is whether its form keeps a decision that approves or answers from being bare.
    """

    kind: Kind
    policy: Policy
    principal_id: str | None
    asker: str
    context: JsonObject
    needs_data: bool


def may_make(kind: Kind, roles: Sequence[str], principal_id: str | None) -> bool:
    """Whether somebody with these roles may make rules for a kind and principal."""
    return any(
        covers(held, role, kind.name, principal_id)
        for role in _makers[kind.standing_rules]
        for held in roles
    )


def fitting(rules: Sequence[StandingRule], asked: Asked) -> StandingRule | None:
    """The rule that decides a question: one that rejects before one that approves, then the oldest.

    One in shadow only where none is live.
    """
    found: dict[str, str | None] = {}
    options = {option.name: option for option in asked.policy.decisions}
    return min(
        (rule for rule in rules if _fits(rule, asked, found) and not objections(rule, asked)),
        key=lambda rule: (
            rule.mode is Mode.SHADOW,
            options[rule.decision].means is not Means.REJECT,
            rule.made_at,
            rule.id,
        ),
        default=None,
    )


def _fits(rule: StandingRule, asked: Asked, found: dict[str, str | None]) -> bool:
    scope = (rule.kind, rule.principal_id, rule.asker)
    if scope != (asked.kind.name, asked.principal_id, asked.asker) or not rule.matches:
        return False
    return all(_value(asked.context, m.pointer, found) == m.value for m in rule.matches)


def _value(context: JsonObject, pointer: str, found: dict[str, str | None]) -> str | None:
    if pointer not in found:
        value = value_at(context, pointer)
        found[pointer] = None if value is MISSING else canonical(value).decode()
    return found[pointer]


def objections(rule: StandingRule, asked: Asked) -> tuple[Flaw, ...]:
    """Why the rule may not decide such questions, at pointers into the rule; nothing if it may."""
    option = next((o for o in asked.policy.decisions if o.name == rule.decision), None)
    return (
        *_of_maker(rule, asked),
        *_of_policy(asked.policy, option),
        *_of_decision(rule, option, asked),
    )


def _of_maker(rule: StandingRule, asked: Asked) -> list[Flaw]:
    own = rule.linked or rule.made_by == asked.asker
    details: list[str] = []
    if not may_make(asked.kind, rule.maker_roles, rule.principal_id):
        details.append(f"rules for {asked.kind.name} are made by its {asked.kind.standing_rules}")
    if own and not asked.policy.self_approval:
        details.append("nobody makes rules for what they, or an agent acting for them, ask")
    if rule.made_by in asked.policy.excluded:
        details.append("whoever made it is excluded from answering")
    return [Flaw("/made_by", detail) for detail in details]


def _of_policy(policy: Policy, option: DecisionOption | None) -> list[Flaw]:
    details: list[str] = []
    if policy.quorum > 1 or policy.stages:
        details.append("several people answer this kind; no one of them decides beforehand")
    if policy.oversight is not None and option is not None and option.means in ANSWERING:
        details.append("this kind wants each request to be looked at before that")
    return [Flaw("/type", detail) for detail in details]


def _of_decision(rule: StandingRule, option: DecisionOption | None, asked: Asked) -> list[Flaw]:
    if option is None:
        return [Flaw("/decision", f"'{rule.decision}' is not offered")]
    if option.means is Means.CHANGES:
        return [Flaw("/decision", f"'{rule.decision}' asks for changes, which a rule can't do")]
    flaws: list[Flaw] = []
    if option.needs_comment and not (rule.comment or "").strip():
        flaws.append(Flaw("/comment", f"{option.name} needs a comment"))
    if asked.needs_data and option.means in ANSWERING:
        flaws.append(Flaw("/decision", "the form must be filled in by a person"))
    return flaws
