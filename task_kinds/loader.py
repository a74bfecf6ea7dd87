"""Makes kinds out of their definitions: built-in YAML files, or a tenant's JSON."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import rfc8785

from event_schemas.types import (
    AssignBy,
    Assigning,
    DeadlineAction,
    DeadlinePolicy,
    DecisionOption,
    Facet,
    FacetType,
    Means,
    OversightRule,
    Priority,
    Stage,
)
from task_kinds.durations import seconds
from task_kinds.flaws import BadKind, Flaw
from task_kinds.kind import AutoRule, Comparison, Condition, Kind, RuleMakers
from task_kinds.located import read_yaml
from task_kinds.sense import deadline_decision, sense_flaws
from task_kinds.shape import shape_flaws
from task_kinds.terms import candidates_of, changed_terms, terms_of

HERE = Path(__file__).parent


@cache
def builtin_kinds() -> Mapping[str, Kind]:
    """The kinds that every tenant has, by name.

    Raises:
        BadKind: a file of ours is wrong.
    """
    kinds = [kind_from_file(path) for path in sorted(HERE.glob("*.yaml"))]
    return MappingProxyType({kind.name: kind for kind in kinds})


def kind_from_file(path: Path) -> Kind:
    """The kind that a YAML file defines; the file is named after the kind.

    Raises:
        BadKind: all that is wrong, each with file and line.
    """
    return kind_from_text(path.read_text(), f"{path.parent.name}/{path.name}", path.stem)


def kind_from_text(text: str, source: str, name: str | None = None) -> Kind:
    """The kind that a YAML text defines; with a name, it must be called so.

    Raises:
        BadKind: all that is wrong, each with its line.
    """
    document = read_yaml(text, source)
    flaws = list(definition_flaws(document.value))
    if not flaws and name not in {None, document.value["kind"]}:
        flaws.append(Flaw(("kind",), f"must be '{name}', as it is called here"))
    if flaws:
        located = [document.located(flaw) for flaw in flaws]
        raise BadKind(source, tuple(sorted(located, key=lambda flaw: flaw.line or 0)))
    return _kind(document.value)


def kind_from(definition: Any, source: str = "kind") -> Kind:
    """The kind that a parsed JSON document defines.

    Raises:
        BadKind: all that is wrong with it.
    """
    if flaws := tuple(definition_flaws(definition)):
        raise BadKind(source, flaws)
    return _kind(definition)


def definition_flaws(definition: Any) -> Iterator[Flaw]:
    """All that is wrong with a definition."""
    flaws = list(shape_flaws(definition))
    yield from flaws
    if isinstance(definition, dict):
        yield from sense_flaws(definition, {str(flaw.path[0]) for flaw in flaws if flaw.path})


def kind_version(definition: Mapping[str, Any]) -> str:
    """The digest of a definition: SHA-256 over its RFC 8785 form, hex."""
    return hashlib.sha256(rfc8785.dumps(dict(definition))).hexdigest()


def option_from(item: Mapping[str, Any]) -> DecisionOption:
    """The decision that a definition or a question writes."""
    return DecisionOption(
        name=item["name"],
        label=item.get("label") or item["name"].replace("_", " ").capitalize(),
        means=Means(item["means"]),
        needs_comment=item.get("needs_comment", False),
    )


def _kind(definition: dict[str, Any]) -> Kind:
    get = definition.get
    vetoes = get("vetoes", ("changes", "reject"))
    return Kind(
        name=definition["kind"],
        version=kind_version(definition),
        title=definition["title"],
        description=get("description", ""),
        decisions=tuple(map(option_from, definition["decisions"])),
        form=get("form"),
        priority=Priority(get("priority", "medium")),
        deadline=_deadline(definition),
        usual=terms_of(definition),
        priorities=MappingProxyType(dict(changed_terms(definition))),
        candidates=candidates_of(get("candidates", {})),
        asker_may_choose=get("asker_may_choose", False),
        excluded=tuple(get("excluded", ())),
        self_approval=get("self_approval", False),
        quorum=get("quorum", 1),
        changes_veto="changes" in vetoes,
        reject_veto="reject" in vetoes,
        stages=tuple(map(_stage, get("stages", ()))),
        channels=tuple(get("channels", ())),
        view=get("view", "json"),
        facets=tuple(map(_facet, get("facets", ()))),
        personal_fields=tuple(get("personal_fields", ())),
        max_revisions=get("max_revisions", 0),
        revise_within_seconds=seconds(get("revise_within", "24h")),
        claim_seconds=seconds(get("claim", "0s")),
        receipt_seconds=seconds(get("receipt", "0s")),
        step_up=get("step_up", False),
        assign=_assigning(definition),
        oversight=_oversight(get("oversight")),
        standing_rules=RuleMakers(get("standing_rules", RuleMakers.LEADS)),
        auto_approval=tuple(_rules(definition)),
        definition=MappingProxyType(definition),
    )


def _deadline(definition: dict[str, Any]) -> DeadlinePolicy:
    deadline = definition.get("deadline", {})
    data = orjson.dumps(deadline["data"]).decode() if "data" in deadline else None
    return DeadlinePolicy(
        action=DeadlineAction(deadline.get("then", "fail")),
        decision=deadline_decision(definition),
        comment=deadline.get("comment"),
        data=data,
    )


def _stage(item: Mapping[str, Any]) -> Stage:
    candidates = candidates_of(item["candidates"])
    return Stage(name=item["name"], candidates=candidates, quorum=item.get("quorum", 1))


def _assigning(definition: dict[str, Any]) -> Assigning | None:
    given = definition.get("assign")
    if given is None:
        return None
    return Assigning(
        by=AssignBy(given["by"]),
        among=candidates_of(given.get("among", {})),
        skills=tuple(given.get("skills", ())),
    )


def _oversight(item: Mapping[str, Any] | None) -> OversightRule | None:
    if item is None:
        return None
    return OversightRule(
        parts=tuple(item.get("parts", ())),
        in_view_seconds=item.get("in_view_seconds", 0),
        proven=item.get("proven", False),
    )


def _facet(item: Mapping[str, Any]) -> Facet:
    return Facet(name=item["name"], pointer=item["pointer"], type=FacetType(item["type"]))


def _rules(definition: dict[str, Any]) -> Iterator[AutoRule]:
    pointers = {facet["name"]: facet["pointer"] for facet in definition.get("facets", ())}
    for rule in definition.get("auto_approval", ()):
        yield AutoRule(
            name=rule["name"],
            version=rule.get("version", 1),
            decision=rule["decision"],
            comment=rule.get("comment"),
            conditions=tuple(_condition(item, pointers) for item in rule["when"]),
        )


def _condition(item: Mapping[str, Any], pointers: Mapping[str, str]) -> Condition:
    comparison = next(word for word in Comparison if word in item)
    value = item[comparison]
    return Condition(
        pointer=item.get("pointer") or pointers[item["facet"]],
        comparison=comparison,
        value=tuple(value) if isinstance(value, list) else value,
    )
