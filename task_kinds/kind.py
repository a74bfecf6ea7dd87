"""A kind of question, as the rest of the platform uses it: typed, checked and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from event_schemas.types import (
    Assigning,
    Candidates,
    DeadlinePolicy,
    DecisionOption,
    Facet,
    LadderStep,
    OversightRule,
    Priority,
    Stage,
)


class RuleMakers(StrEnum):
    """Who may make standing rules for a kind; admins are among the leads."""

    LEADS = "leads"
    REVIEWERS = "reviewers"
    NOBODY = "nobody"


class Comparison(StrEnum):
    """How a condition of a standing rule looks at a value of the context."""

    EQUALS = "equals"
    IN = "in"
    LESS_THAN = "less_than"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a standing rule: the value at a JSON pointer (RFC 6901) into the context.

    `value` is a JSON scalar for EQUALS, a tuple of them for IN, a number for LESS_THAN.
    """

    pointer: str
    comparison: Comparison
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoRule:
    """A standing rule: where all its conditions hold, the decision is taken at opening."""

    name: str
    version: int
    decision: str
    comment: str | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By when a question must be answered, and what happens on the way there.

    `timeout_seconds` None waits for ever. `business` names the tenant's calendar whose open time
    counts; None counts every second.
    """

    timeout_seconds: int | None
    remind_before_seconds: tuple[int, ...]
    ladder: tuple[LadderStep, ...]
    business: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is the same for all questions of a kind; durations in seconds.

    `version` is the SHA-256 (hex) of the definition's RFC 8785 form; `definition` is what was
    written. `usual` are its terms, `priorities` those of priorities that have terms of their own.
    `asker_may_choose` lets the asker name who may answer; such names then replace `candidates`.
    `step_up` wants whoever decides to have signed in, so that no link in a message is enough.
    Other fields: `event_schemas/shared/policy.avsc`.
    """

    name: str
    version: str
    title: str
    description: str
    decisions: tuple[DecisionOption, ...]
    form: dict[str, Any] | None
    priority: Priority
    deadline: DeadlinePolicy
    usual: Terms
    priorities: Mapping[Priority, Terms]
    candidates: Candidates
    asker_may_choose: bool
    excluded: tuple[str, ...]
    self_approval: bool
    quorum: int
    changes_veto: bool
    reject_veto: bool
    stages: tuple[Stage, ...]
    channels: tuple[str, ...]
    view: str
    facets: tuple[Facet, ...]
    personal_fields: tuple[str, ...]
    max_revisions: int
    revise_within_seconds: int
    claim_seconds: int
    receipt_seconds: int
    step_up: bool
    assign: Assigning | None
    oversight: OversightRule | None
    standing_rules: RuleMakers
    auto_approval: tuple[AutoRule, ...]
    definition: Mapping[str, Any] = field(repr=False, compare=False)

    def terms(self, priority: Priority) -> Terms:
        """The terms of a question of this priority."""
        return self.priorities.get(priority, self.usual)
