"""By when a question must be answered, as its kind says for each priority."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from event_schemas.types import Candidates, LadderStep, Priority
from task_kinds.durations import seconds
from task_kinds.kind import Terms

Definition: TypeAlias = Mapping[str, Any]
NEVER, ALWAYS = "never", "always"
_default_after = "24h"


def after_text(definition: Definition) -> str:
    """The time to the deadline as written."""
    return definition.get("deadline", {}).get("after", _default_after)


def calendar_of(definition: Definition) -> str | None:
    """The calendar by which the definition counts; None where every second counts."""
    name = definition.get("deadline", {}).get("business", ALWAYS)
    return None if name == ALWAYS else name


def for_priority(definition: Definition, priority: str) -> dict[str, Any]:
    """The definition as it holds for a priority, by what that changes."""
    given = definition.get("priorities", {}).get(priority, {})
    deadline = {name: given[name] for name in ("after", "business") if name in given}
    changed: dict[str, Any] = {
        **definition,
        "deadline": {**definition.get("deadline", {}), **deadline},
        "ladder": given.get("ladder", definition.get("ladder", ())),
        "reminders": given.get("reminders", _fitting(definition, deadline)),
    }
    return changed


def terms_of(definition: Definition) -> Terms:
    """What a sound definition says where no priority changes it."""
    after = after_text(definition)
    return Terms(
        timeout_seconds=None if after == NEVER else seconds(after),
        remind_before_seconds=tuple(map(seconds, definition.get("reminders", ()))),
        ladder=tuple(map(_rung, definition.get("ladder", ()))),
        business=calendar_of(definition),
    )


def changed_terms(definition: Definition) -> Iterator[tuple[Priority, Terms]]:
    """What a sound definition says for each priority that changes something."""
    for priority in definition.get("priorities", {}):
        yield Priority(priority), terms_of(for_priority(definition, priority))


def candidates_of(item: Mapping[str, Any]) -> Candidates:
    """The people that a definition names."""
    return Candidates(
        roles=tuple(item.get("roles", ())),
        teams=tuple(item.get("teams", ())),
        people=tuple(item.get("people", ())),
    )


def _fitting(definition: Definition, deadline: Mapping[str, Any]) -> list[str]:
    """The kind's own reminders, but for those that a shorter deadline leaves no room for."""
    after = deadline.get("after", after_text(definition))
    reminders = definition.get("reminders", ())
    if after == NEVER:
        return []
    return [text for text in reminders if seconds(text) < seconds(after)]


def _rung(item: Mapping[str, Any]) -> LadderStep:
    team = item.get("on_call")
    named = item.get("candidates") or ({} if team is None else {"teams": [team]})
    return LadderStep(
        name=item["name"],
        after_seconds=seconds(item["after"]),
        candidates=candidates_of(named),
        channels=tuple(item.get("channels", ())),
        on_call=team,
    )
