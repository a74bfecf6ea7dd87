"""Checks that the parts of a definition make sense together, once each has the right shape."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from task_kinds.answers import answer_flaws
from task_kinds.durations import MAX_SECONDS, seconds
from task_kinds.flaws import Flaw, Path
from task_kinds.forms import form_flaws
from task_kinds.privacy import privacy_flaws
from task_kinds.shape import suggestion
from task_kinds.terms import NEVER, after_text, calendar_of, for_priority

Definition: TypeAlias = Mapping[str, Any]
_deciding = ("reject", "approve", "answer")


def sense_flaws(definition: Definition, bad: set[str]) -> Iterator[Flaw]:
    """What does not fit together; `bad` names the top-level parts whose shape is wrong already."""
    for sections, check in _checks:
        if not bad.intersection(sections):
            yield from check(definition)


def deadline_decision(definition: Definition) -> str | None:
    """The decision that the deadline takes; None where it takes none, or which is not clear."""
    deadline = definition.get("deadline", {})
    then = deadline.get("then")
    if then not in _deciding or "decision" in deadline:
        return deadline.get("decision")
    meant = [option["name"] for option in definition["decisions"] if option["means"] == then]
    return meant[0] if len(meant) == 1 else None


def _names(definition: Definition, section: str) -> list[str]:
    return [item["name"] for item in definition.get(section, ())]


def _doubles(definition: Definition) -> Iterator[Flaw]:
    for section in ("decisions", "ladder", "stages", "facets", "auto_approval"):
        names = _names(definition, section)
        for index, name in enumerate(names):
            if name in names[:index]:
                place = (section, index, "name")
                yield Flaw(place, f"'{name}' is given twice; names must differ")


def _durations(definition: Definition) -> Iterator[Flaw]:
    places: list[tuple[Path, str]] = [
        (("reminders", index), text) for index, text in enumerate(definition.get("reminders", ()))
    ]
    for index, rung in enumerate(definition.get("ladder", ())):
        places.append((("ladder", index, "after"), rung["after"]))
    if after_text(definition) != NEVER:
        places.append((("deadline", "after"), after_text(definition)))
    if "revise_within" in definition:
        places.append((("revise_within",), definition["revise_within"]))
    for path, text in places:
        if not 0 < seconds(text) <= MAX_SECONDS:
            yield Flaw(path, f"'{text}' is not between 1s and 5 years")
    for name in ("claim", "receipt"):
        if seconds(definition.get(name, "0s")) > MAX_SECONDS:
            yield Flaw((name,), f"'{definition[name]}' is more than 5 years")


def _form(definition: Definition) -> Iterator[Flaw]:
    if "form" in definition:
        for flaw in form_flaws(definition["form"]):
            yield flaw.under("form")


def _deadline(definition: Definition) -> Iterator[Flaw]:
    deadline = definition.get("deadline", {})
    then = deadline.get("then", "fail")
    if then not in _deciding:
        for name in ("decision", "comment", "data"):
            if name in deadline:
                detail = f"'{then}' takes no decision; remove it, or set deadline.then"
                yield Flaw(("deadline", name), detail)
    if after_text(definition) == NEVER:
        if then != "fail":
            yield Flaw(("deadline", "then"), "never happens, since deadline.after is 'never'")
        if definition.get("reminders"):
            yield Flaw(("reminders",), "there is no deadline to remind of; remove them")
    if then == "escalate" and not definition.get("ladder"):
        yield Flaw(("deadline", "then"), "'escalate' needs a ladder; add one")


def _default_decision(definition: Definition) -> Iterator[Flaw]:
    deadline = definition.get("deadline", {})
    then = deadline.get("then")
    if then not in _deciding:
        return
    means = {option["name"]: option["means"] for option in definition["decisions"]}
    decision = deadline_decision(definition)
    place = ("deadline", "decision")
    if decision is None:
        meant = [name for name, meaning in means.items() if meaning == then]
        which = f"{', '.join(meant)} mean it" if meant else "none means it"
        yield Flaw(place, f"must say which decision is meant by '{then}'; {which}")
    elif decision not in means:
        yield Flaw(place, f"'{decision}' is none of {suggestion(decision, list(means), bare=True)}")
    elif means[decision] == "changes" or (then != "answer" and means[decision] != then):
        yield Flaw(place, f"'{decision}' means {means[decision]}, which '{then}' can't take")


def _default_data(definition: Definition) -> Iterator[Flaw]:
    deadline = definition.get("deadline", {})
    if "data" not in deadline:
        return
    form = definition.get("form")
    if form is None:
        yield Flaw(("deadline", "data"), "there is no form that it could fit; remove it")
    elif not form_flaws(form):
        for flaw in answer_flaws(deadline["data"], form):
            yield flaw.under("deadline", "data")


def _reminders(definition: Definition) -> Iterator[Flaw]:
    after = after_text(definition)
    times = [seconds(text) for text in definition.get("reminders", ())]
    for index, before in enumerate(times):
        place = ("reminders", index)
        if after != NEVER and before >= seconds(after):
            yield Flaw(place, f"is not before the deadline, which comes after {after}")
        if index and before >= times[index - 1]:
            yield Flaw(place, "is not shorter than the one before it; put the longest first")


def _ladder(definition: Definition) -> Iterator[Flaw]:
    climbs = definition.get("deadline", {}).get("then") == "escalate"
    after = after_text(definition)
    climbed = 0
    for index, rung in enumerate(definition.get("ladder", ())):
        climbed += seconds(rung["after"])
        if "on_call" not in rung and not any(rung["candidates"].values()):
            yield Flaw(("ladder", index, "candidates"), "names nobody; add roles, teams or people")
        if not climbs and after != NEVER and climbed >= seconds(after):
            detail = f"is never reached: the deadline comes after {after}"
            yield Flaw(("ladder", index, "after"), detail)


def _business(definition: Definition) -> Iterator[Flaw]:
    if calendar_of(definition) is None:
        return
    places: list[tuple[Path, str]] = [
        (("reminders", index), text) for index, text in enumerate(definition.get("reminders", ()))
    ]
    for index, rung in enumerate(definition.get("ladder", ())):
        places.append((("ladder", index, "after"), rung["after"]))
    places.append((("deadline", "after"), after_text(definition)))
    for path, text in places:
        if text != NEVER and any(unit in text for unit in "dw"):
            yield Flaw(path, f"'{text}': a calendar's days differ in length; count in hours")


def _priorities(definition: Definition) -> Iterator[Flaw]:
    for priority, given in definition.get("priorities", {}).items():
        holds = for_priority(definition, priority)
        for check in (_durations, _reminders, _ladder, _business, _doubles):
            for flaw in check(holds):
                path = flaw.path[1:] if flaw.path[0] == "deadline" else flaw.path
                if path and path[0] in given:
                    yield Flaw(("priorities", priority, *path), flaw.detail)


def _assign(definition: Definition) -> Iterator[Flaw]:
    given = definition.get("assign", {})
    if given and definition.get("quorum", 1) > 1:
        yield Flaw(("assign",), "with a quorum nobody holds a request; remove it")
    if given.get("by") == "skill" and not given.get("skills"):
        yield Flaw(("assign", "skills"), "must say which skills are needed")
    if given and given.get("by") != "skill" and "skills" in given:
        yield Flaw(("assign", "skills"), "count only with 'by: skill'; remove them")


def _votes(definition: Definition) -> Iterator[Flaw]:
    quorum = definition.get("quorum", 1)
    if quorum > 1 and definition.get("stages"):
        yield Flaw(("quorum",), "stages have quorums of their own; remove this one")
    if quorum > 1 and seconds(definition.get("claim", "0s")):
        yield Flaw(("claim",), "with a quorum nobody holds a request; remove it")


def _revisions(definition: Definition) -> Iterator[Flaw]:
    asks = any(option["means"] == "changes" for option in definition["decisions"])
    if definition.get("max_revisions", 0) and not asks:
        yield Flaw(("max_revisions",), "no decision means changes; add one, or remove this")


def _rules(definition: Definition) -> Iterator[Flaw]:
    means = {option["name"]: option["means"] for option in definition["decisions"]}
    facets = _names(definition, "facets")
    for index, rule in enumerate(definition.get("auto_approval", ())):
        place = ("auto_approval", index, "decision")
        decision = rule["decision"]
        if decision not in means:
            known = suggestion(decision, list(means), bare=True)
            yield Flaw(place, f"'{decision}' is none of {known}")
        elif means[decision] == "changes":
            yield Flaw(place, f"'{decision}' asks for changes, which a rule can't do")
        for number, condition in enumerate(rule["when"]):
            facet = condition.get("facet")
            if facet is not None and facet not in facets:
                detail = f"there is no facet '{facet}'{suggestion(facet, facets)}"
                yield Flaw(("auto_approval", index, "when", number, "facet"), detail)


_checks: tuple[tuple[set[str], Callable[[Definition], Iterator[Flaw]]], ...] = (
    ({"decisions", "ladder", "stages", "facets", "auto_approval"}, _doubles),
    ({"reminders", "ladder", "deadline", "revise_within", "claim", "receipt"}, _durations),
    ({"form"}, _form),
    ({"deadline", "reminders", "ladder"}, _deadline),
    ({"deadline", "decisions"}, _default_decision),
    ({"deadline", "form"}, _default_data),
    ({"deadline", "reminders"}, _reminders),
    ({"deadline", "ladder"}, _ladder),
    ({"deadline", "reminders", "ladder"}, _business),
    ({"priorities", "deadline", "reminders", "ladder"}, _priorities),
    ({"assign", "quorum"}, _assign),
    ({"quorum", "stages", "claim"}, _votes),
    ({"max_revisions", "decisions"}, _revisions),
    ({"auto_approval", "decisions", "facets"}, _rules),
    ({"facets", "personal_fields"}, privacy_flaws),
)
