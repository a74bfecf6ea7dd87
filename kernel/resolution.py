"""Resolves a question and its kind into the rules of one request."""

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

import orjson

from event_schemas.types import (
    BusinessHours,
    Candidates,
    DeadlinePolicy,
    DecisionOption,
    Means,
    Policy,
    Priority,
)
from kernel.content import form_faults
from kernel.errors import Flaw
from kernel.question import GivenOption, GivenRouting, Question
from kernel.text import pointer
from task_kinds.answers import answer_flaws
from task_kinds.kind import Kind, Terms

_same_word = 0.8


def priority_of(question: Question, kind: Kind) -> Priority:
    """The field, else the metadata's word where it is one of ours, else the kind's."""
    hinted = (question.metadata or {}).get("priority")
    word = question.priority or (hinted if isinstance(hinted, str) else None)
    return Priority(word) if word in set(Priority) else kind.priority


def terms_for(question: Question, kind: Kind) -> Terms:
    """By when the question must be answered, as its kind says for its priority."""
    return kind.terms(priority_of(question, kind))


class Resolution:
    """One question of a kind; `flaws` fills up while its parts are resolved.

    `people` gives the ids of those whom the question names, `hours` those of the calendar that its
    terms name. `timeout_seconds` None waits for ever.
    """

    def __init__(
        self,
        question: Question,
        kind: Kind,
        people: Mapping[str, str],
        hours: BusinessHours | None = None,
    ) -> None:
        self.question = question
        self.kind = kind
        self.people = people
        self.form = question.form if question.form is not None else kind.form
        self.flaws: list[Flaw] = []
        minutes = question.timeout_minutes
        asked = question.timeout_seconds if minutes is None else minutes * 60
        self.terms = terms_for(question, kind)
        self.timeout_seconds = self.terms.timeout_seconds if asked is None else asked
        self._asked_in_time = asked is not None
        self._hours = hours

    def _flaw(self, detail: str, *path: str | int) -> None:
        self.flaws.append(Flaw(pointer(*path), detail))

    def policy(self) -> Policy:
        """The rules of the request."""
        if self.question.form is not None:
            self.flaws.extend(form_faults(self.question.form))
        decisions = self._decisions()
        kind = self.kind
        return Policy(
            kind=kind.name,
            kind_version=kind.version,
            decisions=decisions,
            deadline=self._deadline(decisions),
            remind_before_seconds=self.terms.remind_before_seconds,
            ladder=self.terms.ladder,
            candidates=self._candidates(),
            excluded=kind.excluded,
            self_approval=kind.self_approval,
            quorum=kind.quorum,
            changes_veto=kind.changes_veto,
            reject_veto=kind.reject_veto,
            stages=kind.stages,
            max_revisions=kind.max_revisions,
            revise_within_seconds=kind.revise_within_seconds,
            claim_seconds=kind.claim_seconds,
            receipt_seconds=kind.receipt_seconds,
            view=kind.view,
            personal_fields=kind.personal_fields,
            facets=kind.facets,
            oversight=kind.oversight,
            business=self._business(),
            assign=kind.assign,
        )

    def _business(self) -> BusinessHours | None:
        """The hours that count; what the asker gives in minutes is meant by the clock."""
        name, hours = self.terms.business, self._hours
        if name is None:
            return None
        if hours is None:
            self._flaw(f"its kind counts by the calendar '{name}', which is not there", "type")
            return None
        spans = [rung.after_seconds for rung in self.terms.ladder]
        needed = sum(spans) + (0 if self._asked_in_time else self.timeout_seconds or 0)
        if sum(hours.turns[1::2]) * 60 < needed:
            detail = f"its calendar '{name}' is open too rarely for its kind's deadline and ladder"
            self._flaw(detail, "type")
        return replace(hours, counts_deadline=not self._asked_in_time)

    def _decisions(self) -> tuple[DecisionOption, ...]:
        if self.question.decisions is None:
            return self.kind.decisions
        made: list[DecisionOption] = []
        for index, given in enumerate(self.question.decisions):
            if given.name in {option.name for option in made}:
                self._flaw(f"'{given.name}' is given twice", "decisions", index)
            made.append(self._decision(given, index))
        return tuple(made)

    def _decision(self, given: GivenOption, index: int) -> DecisionOption:
        known = {option.name: option for option in self.kind.decisions}
        if option := known.get(given.name):
            if given.means not in (None, option.means):
                detail = f"'{given.name}' means {option.means} in this kind; take another name"
                self._flaw(detail, "decisions", index, "means")
            comment = option.needs_comment or given.needs_comment or False
            return replace(option, label=given.label or option.label, needs_comment=comment)
        if given.means is None and (close := get_close_matches(given.name, known, 1, _same_word)):
            detail = f"the kind has no '{given.name}'; for one of your own, say what it means"
            self._flaw(f"{detail}, or did you mean '{close[0]}'?", "decisions", index)
        return DecisionOption(
            name=given.name,
            label=given.label or given.name.replace("_", " ").capitalize(),
            means=Means(given.means or "answer"),
            needs_comment=given.needs_comment or False,
        )

    def _deadline(self, decisions: tuple[DecisionOption, ...]) -> DeadlinePolicy:
        deadline = self.kind.deadline
        if deadline.decision is not None and deadline.decision not in {d.name for d in decisions}:
            detail = f"'{deadline.decision}' must be among them: the deadline takes it"
            self._flaw(detail, "decisions")
        form = None if self.flaws else self.question.form
        if deadline.data is not None and form and answer_flaws(orjson.loads(deadline.data), form):
            self._flaw("the data that the deadline answers with does not fit it", "form")
        return deadline

    def _candidates(self) -> Candidates:
        routing = self.question.routing or GivenRouting()
        chosen = [name for name in ("roles", "teams", "people") if getattr(routing, name)]
        if not chosen:
            return self.kind.candidates
        if not self.kind.asker_may_choose or self.kind.stages:
            for name in chosen:
                detail = f"the kind {self.kind.name} says itself who may answer"
                self._flaw(detail, "routing", name)
        for index, name in enumerate(routing.people or ()):
            if name not in self.people:
                self._flaw("there is no such person", "routing", "people", index)
        return Candidates(
            roles=tuple(routing.roles or ()),
            teams=tuple(routing.teams or ()),
            people=tuple(self.people.get(name, name) for name in routing.people or ()),
        )
