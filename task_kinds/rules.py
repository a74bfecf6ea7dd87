"""Matches a kind's standing rules against a context."""

from typing import Any, assert_never

from task_kinds.kind import AutoRule, Comparison, Condition, Kind
from task_kinds.pointers import MISSING, value_at


def matching_rule(kind: Kind, context: dict[str, Any]) -> AutoRule | None:
    """The first rule of which all conditions hold."""
    for rule in kind.auto_approval:
        if all(_holds(condition, context) for condition in rule.conditions):
            return rule
    return None


def _holds(condition: Condition, context: dict[str, Any]) -> bool:
    value = value_at(context, condition.pointer)
    if value is MISSING:
        return False
    match condition.comparison:
        case Comparison.EQUALS:
            return _same(value, condition.value)
        case Comparison.IN:
            return any(_same(value, wanted) for wanted in condition.value)
        case Comparison.LESS_THAN:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return number and value < condition.value
        case _:
            assert_never(condition.comparison)


def _same(left: Any, right: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right
