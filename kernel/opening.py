"""Makes the command that opens a request out of a question: the one place that validates it,
resolves kind and policy, and computes what it is known by.

Pure: the front doors look up kind and people beforehand (`kernel.asking`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from event_schemas.types import (
    Attachment,
    AutoDecision,
    BusinessHours,
    Callback,
    Open,
    Recipient,
    Routing,
)
from kernel.canonical import digest
from kernel.content import Content, needs_data
from kernel.directory.standing_rule import StandingRule
from kernel.errors import Flaw, Invalid
from kernel.question import GivenRouting, Question
from kernel.resolution import Resolution, priority_of
from kernel.standing_rules import Asked, fitting
from kernel.text import read_json, to_text
from kernel.validation import validated
from task_kinds.kind import Kind
from task_kinds.rules import matching_rule

_nobody: Mapping[str, str] = MappingProxyType({})
_max_agent = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks: the credential's owner, and the sealed secret that signs callbacks to it.

    `secret_ref` is None where there is none; `secret_mark` tells one `callback_secret` from another
    without giving it away, None where the question brings none.
    """

    id: str
    secret_ref: str | None = None
    secret_mark: str | None = None


def parse_question(data: bytes) -> Question:
    """The question in a body or an ask.

    Raises:
        Invalid: no JSON within our limits, or no question.
    """
    return validated(Question, read_json(data))


def open_command(
    question: Question,
    kind: Kind,
    requester: Requester,
    people: Mapping[str, str] = _nobody,
    files: tuple[Attachment, ...] = (),
    *,
    hours: BusinessHours | None = None,
) -> Open:
    """The command that opens the question as a request of this kind.

    `people` gives the ids of those whom the question names; `files` are those that it names,
    `hours` those of the calendar that its kind counts by.

    Raises:
        Invalid: it can't be asked so; all flaws, by JSON pointer into the question.
    """
    resolution = Resolution(question, kind, people, hours)
    policy = resolution.policy()
    flaws = (*resolution.flaws, *_callback_flaws(question, requester))
    if flaws:
        raise Invalid(f"the question has {len(flaws)} flaw(s)", flaws)
    content = Content(
        kind=kind.name,
        title=question.title,
        description=question.description,
        context=question.context or {},
        form=resolution.form,
        decisions=policy.decisions,
        attachments=files,
    )
    metadata = question.metadata or {}
    return Open(
        kind=kind.name,
        principal_id=question.principal_id,
        title=question.title,
        description=question.description,
        context=to_text(content.context),
        form=None if content.form is None else to_text(content.form),
        needs_data=needs_data(content.form),
        attachments=content.attachments,
        routing=_routing(question, kind),
        priority=priority_of(question, kind),
        timeout_seconds=resolution.timeout_seconds,
        policy=policy,
        callback=_callback(question, requester),
        metadata=to_text(metadata),
        workflow_id=question.workflow_id,
        checkpoint_id=question.checkpoint_id,
        agent_id=question.agent_id or _agent(metadata),
        requester_id=requester.id,
        content_hash=content.hash(),
        fingerprint=fingerprint_of(question, requester.secret_mark),
        auto_decision=_auto_decision(kind, content),
    )


def rule_for(command: Open, kind: Kind, rules: Sequence[StandingRule]) -> StandingRule | None:
    """The person's standing rule that decides what is being opened; the kind's own come first."""
    if command.auto_decision is not None or not rules:
        return None
    asked = Asked(
        kind=kind,
        policy=command.policy,
        principal_id=command.principal_id,
        asker=command.requester_id,
        context=orjson.loads(command.context),
        needs_data=command.needs_data,
    )
    return fitting(rules, asked)


def fingerprint_of(question: Question, secret_mark: str | None = None) -> str:
    """SHA-256 (hex) of the whole question as asked; fields left out or null don't count."""
    bulky = ("context", "form", "metadata")
    asked: dict[str, Any] = question.model_dump(
        exclude_unset=True, exclude={"callback_secret", *bulky}
    )
    asked |= {name: getattr(question, name) for name in bulky}
    asked["callback_secret"] = secret_mark
    return digest({name: value for name, value in asked.items() if value is not None})


def _callback_flaws(question: Question, requester: Requester) -> tuple[Flaw, ...]:
    if question.callback_webhook is None or requester.secret_ref is not None:
        return ()
    return (Flaw("/callback_secret", "is needed: only API keys have a secret of their own"),)


def _callback(question: Question, requester: Requester) -> Callback | None:
    if question.callback_webhook is None or requester.secret_ref is None:
        return None
    return Callback(url=question.callback_webhook, secret_ref=requester.secret_ref)


def _routing(question: Question, kind: Kind) -> Routing:
    given = question.routing or GivenRouting()
    channels = kind.channels if given.channels is None else given.channels
    return Routing(
        channels=tuple(dict.fromkeys(channels)),
        recipients=tuple(Recipient(**one.model_dump()) for one in given.recipients or ()),
    )


def _agent(metadata: Mapping[str, Any]) -> str | None:
    agent = metadata.get("agent_id")
    return agent if isinstance(agent, str) and 0 < len(agent) <= _max_agent else None


def _auto_decision(kind: Kind, content: Content) -> AutoDecision | None:
    rule = matching_rule(kind, content.context)
    if rule is None or rule.decision not in {option.name for option in content.decisions}:
        return None
    return AutoDecision(
        rule=f"{kind.name}.{rule.name}",
        rule_version=rule.version,
        decision=rule.decision,
        comment=rule.comment,
    )
