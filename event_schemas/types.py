"""The words as frozen types; made from the .avsc files by `make schemas`, never edited by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as the front door established it from the credential; never taken from a body."""

    SCHEMA: ClassVar[str] = "handraise.shared.Actor"
    kind: ActorKind
    id: str
    tenant: str
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    on_behalf_of: str | None = None
    via: str | None = None
    auth: str
    channel: str

    def as_record(self) -> Record:
        return {"kind": self.kind, "id": self.id, "tenant": self.tenant, "roles": self.roles, "teams": self.teams, "on_behalf_of": self.on_behalf_of, "via": self.via, "auth": self.auth, "channel": self.channel}

    @classmethod
    def from_record(cls, r: Record) -> Actor:
        return cls(kind=ActorKind(r['kind']), id=r['id'], tenant=r['tenant'], roles=tuple(r['roles']), teams=tuple(r['teams']), on_behalf_of=r['on_behalf_of'], via=r['via'], auth=r['auth'], channel=r['channel'])


class ActorKind(StrEnum):
    """What kind of party acts."""

    PERSON = "person"
    AGENT = "agent"
    SERVICE = "service"
    POLICY = "policy"


class AssignBy(StrEnum):
    """How somebody is chosen for a request."""

    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"
    SKILL = "skill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """Who a request is assigned to: a person or a team."""

    SCHEMA: ClassVar[str] = "handraise.shared.Assignee"
    person: str | None = None
    team: str | None = None

    def as_record(self) -> Record:
        return {"person": self.person, "team": self.team}

    @classmethod
    def from_record(cls, r: Record) -> Assignee:
        return cls(person=r['person'], team=r['team'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigning:
    """How a request is given to somebody by itself."""

    SCHEMA: ClassVar[str] = "handraise.shared.Assigning"
    by: AssignBy
    among: Candidates
    skills: tuple[str, ...] = ()

    def as_record(self) -> Record:
        return {"by": self.by, "among": self.among.as_record(), "skills": self.skills}

    @classmethod
    def from_record(cls, r: Record) -> Assigning:
        return cls(by=AssignBy(r['by']), among=Candidates.from_record(r['among']), skills=tuple(r['skills']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file beside the log; its bytes are in the blob store."""

    SCHEMA: ClassVar[str] = "handraise.shared.Attachment"
    id: str
    name: str
    sha256: str
    size_bytes: int
    media_type: str

    def as_record(self) -> Record:
        return {"id": self.id, "name": self.name, "sha256": self.sha256, "size_bytes": self.size_bytes, "media_type": self.media_type}

    @classmethod
    def from_record(cls, r: Record) -> Attachment:
        return cls(id=r['id'], name=r['name'], sha256=r['sha256'], size_bytes=r['size_bytes'], media_type=r['media_type'])


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoDecision:
    """An answer that a standing rule gives at opening."""

    SCHEMA: ClassVar[str] = "handraise.shared.AutoDecision"
    rule: str
    rule_version: int
    decision: str
    comment: str | None = None
    maker: str | None = None
    shadow: bool = False
    until: datetime | None = None

    def as_record(self) -> Record:
        return {"rule": self.rule, "rule_version": self.rule_version, "decision": self.decision, "comment": self.comment, "maker": self.maker, "shadow": self.shadow, "until": self.until}

    @classmethod
    def from_record(cls, r: Record) -> AutoDecision:
        return cls(rule=r['rule'], rule_version=r['rule_version'], decision=r['decision'], comment=r['comment'], maker=r['maker'], shadow=r['shadow'], until=r['until'])


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessHours:
    """When a calendar is open, written out as instants when the request was opened, so that replay depends neither on today's calendars nor on anybody's time zone data."""

    SCHEMA: ClassVar[str] = "handraise.shared.BusinessHours"
    calendar: str
    version: str
    begins_at: datetime
    turns: tuple[int, ...] = ()
    counts_deadline: bool = True

    def as_record(self) -> Record:
        return {"calendar": self.calendar, "version": self.version, "begins_at": self.begins_at, "turns": self.turns, "counts_deadline": self.counts_deadline}

    @classmethod
    def from_record(cls, r: Record) -> BusinessHours:
        return cls(calendar=r['calendar'], version=r['version'], begins_at=r['begins_at'], turns=tuple(r['turns']), counts_deadline=r['counts_deadline'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Where the asker wants to be called back."""

    SCHEMA: ClassVar[str] = "handraise.shared.Callback"
    url: str
    secret_ref: str

    def as_record(self) -> Record:
        return {"url": self.url, "secret_ref": self.secret_ref}

    @classmethod
    def from_record(cls, r: Record) -> Callback:
        return cls(url=r['url'], secret_ref=r['secret_ref'])


class CallbackStatus(StrEnum):
    """How the latest callback of a request fares."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Who may answer: anyone who matches a role, a team or a name."""

    SCHEMA: ClassVar[str] = "handraise.shared.Candidates"
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def as_record(self) -> Record:
        return {"roles": self.roles, "teams": self.teams, "people": self.people}

    @classmethod
    def from_record(cls, r: Record) -> Candidates:
        return cls(roles=tuple(r['roles']), teams=tuple(r['teams']), people=tuple(r['people']))


class DeadlineAction(StrEnum):
    """What happens when the deadline passes: close without a response, close with the policy's reject, approve or default answer, or climb the ladder."""

    FAIL = "fail"
    REJECT = "reject"
    APPROVE = "approve"
    ANSWER = "answer"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlinePolicy:
    """What happens at the deadline."""

    SCHEMA: ClassVar[str] = "handraise.shared.DeadlinePolicy"
    action: DeadlineAction
    decision: str | None = None
    comment: str | None = None
    data: str | None = None

    def as_record(self) -> Record:
        return {"action": self.action, "decision": self.decision, "comment": self.comment, "data": self.data}

    @classmethod
    def from_record(cls, r: Record) -> DeadlinePolicy:
        return cls(action=DeadlineAction(r['action']), decision=r['decision'], comment=r['comment'], data=r['data'])


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionOption:
    """One decision that a reviewer may take."""

    SCHEMA: ClassVar[str] = "handraise.shared.DecisionOption"
    name: str
    label: str
    means: Means
    needs_comment: bool = False

    def as_record(self) -> Record:
        return {"name": self.name, "label": self.label, "means": self.means, "needs_comment": self.needs_comment}

    @classmethod
    def from_record(cls, r: Record) -> DecisionOption:
        return cls(name=r['name'], label=r['label'], means=Means(r['means']), needs_comment=r['needs_comment'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """A value of the context by which people filter, sort and count."""

    SCHEMA: ClassVar[str] = "handraise.shared.Facet"
    name: str
    pointer: str
    type: FacetType

    def as_record(self) -> Record:
        return {"name": self.name, "pointer": self.pointer, "type": self.type}

    @classmethod
    def from_record(cls, r: Record) -> Facet:
        return cls(name=r['name'], pointer=r['pointer'], type=FacetType(r['type']))


class FacetType(StrEnum):
    """What a facet's values are; instants are RFC 3339 text in the context. Values of another type are left out."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """One rung of the escalation ladder."""

    SCHEMA: ClassVar[str] = "handraise.shared.LadderStep"
    name: str
    after_seconds: int
    candidates: Candidates
    channels: tuple[str, ...] = ()
    on_call: str | None = None

    def as_record(self) -> Record:
        return {"name": self.name, "after_seconds": self.after_seconds, "candidates": self.candidates.as_record(), "channels": self.channels, "on_call": self.on_call}

    @classmethod
    def from_record(cls, r: Record) -> LadderStep:
        return cls(name=r['name'], after_seconds=r['after_seconds'], candidates=Candidates.from_record(r['candidates']), channels=tuple(r['channels']), on_call=r['on_call'])


class Means(StrEnum):
    """What a decision that a kind offers means to the core: `changes` asks for a revision, `could_not_complete` closes without a result, the others answer."""

    APPROVE = "approve"
    REJECT = "reject"
    ANSWER = "answer"
    CHANGES = "changes"
    COULD_NOT_COMPLETE = "could_not_complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The next step the clock will make due."""

    SCHEMA: ClassVar[str] = "handraise.shared.NextStep"
    kind: StepKind
    at: datetime
    generation: int

    def as_record(self) -> Record:
        return {"kind": self.kind, "at": self.at, "generation": self.generation}

    @classmethod
    def from_record(cls, r: Record) -> NextStep:
        return cls(kind=StepKind(r['kind']), at=r['at'], generation=r['generation'])


class Outcome(StrEnum):
    """How a request ended; set once, at closing, and never changed."""

    ANSWERED = "answered"
    COULD_NOT_COMPLETE = "could_not_complete"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """What a reviewer had before them when they answered."""

    SCHEMA: ClassVar[str] = "handraise.shared.Oversight"
    proven: bool
    rendered: str | None = None
    revision: int | None = None
    content_hash: str | None = None
    shown_at: datetime | None = None
    opened: tuple[str, ...] = ()
    in_view_seconds: int = 0

    def as_record(self) -> Record:
        return {"proven": self.proven, "rendered": self.rendered, "revision": self.revision, "content_hash": self.content_hash, "shown_at": self.shown_at, "opened": self.opened, "in_view_seconds": self.in_view_seconds}

    @classmethod
    def from_record(cls, r: Record) -> Oversight:
        return cls(proven=r['proven'], rendered=r['rendered'], revision=r['revision'], content_hash=r['content_hash'], shown_at=r['shown_at'], opened=tuple(r['opened']), in_view_seconds=r['in_view_seconds'])


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightRule:
    """What a reviewer must have looked at before a decision that approves or answers."""

    SCHEMA: ClassVar[str] = "handraise.shared.OversightRule"
    parts: tuple[str, ...] = ()
    in_view_seconds: int = 0
    proven: bool = False

    def as_record(self) -> Record:
        return {"parts": self.parts, "in_view_seconds": self.in_view_seconds, "proven": self.proven}

    @classmethod
    def from_record(cls, r: Record) -> OversightRule:
        return cls(parts=tuple(r['parts']), in_view_seconds=r['in_view_seconds'], proven=r['proven'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one request, resolved when it was opened and copied into it, so that replay never depends on today's kinds."""

    SCHEMA: ClassVar[str] = "handraise.shared.Policy"
    kind: str
    kind_version: str
    decisions: tuple[DecisionOption, ...] = ()
    deadline: DeadlinePolicy
    remind_before_seconds: tuple[int, ...] = ()
    ladder: tuple[LadderStep, ...] = ()
    candidates: Candidates
    excluded: tuple[str, ...] = ()
    self_approval: bool
    quorum: int = 1
    changes_veto: bool = True
    reject_veto: bool = True
    stages: tuple[Stage, ...] = ()
    max_revisions: int = 0
    revise_within_seconds: int = 86400
    claim_seconds: int = 0
    receipt_seconds: int = 0
    view: str = 'json'
    personal_fields: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()
    business: BusinessHours | None = None
    assign: Assigning | None = None
    oversight: OversightRule | None = None

    def as_record(self) -> Record:
        return {"kind": self.kind, "kind_version": self.kind_version, "decisions": [item.as_record() for item in self.decisions], "deadline": self.deadline.as_record(), "remind_before_seconds": self.remind_before_seconds, "ladder": [item.as_record() for item in self.ladder], "candidates": self.candidates.as_record(), "excluded": self.excluded, "self_approval": self.self_approval, "quorum": self.quorum, "changes_veto": self.changes_veto, "reject_veto": self.reject_veto, "stages": [item.as_record() for item in self.stages], "max_revisions": self.max_revisions, "revise_within_seconds": self.revise_within_seconds, "claim_seconds": self.claim_seconds, "receipt_seconds": self.receipt_seconds, "view": self.view, "personal_fields": self.personal_fields, "facets": [item.as_record() for item in self.facets], "business": None if self.business is None else self.business.as_record(), "assign": None if self.assign is None else self.assign.as_record(), "oversight": None if self.oversight is None else self.oversight.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> Policy:
        return cls(kind=r['kind'], kind_version=r['kind_version'], decisions=tuple([DecisionOption.from_record(item) for item in r['decisions']]), deadline=DeadlinePolicy.from_record(r['deadline']), remind_before_seconds=tuple(r['remind_before_seconds']), ladder=tuple([LadderStep.from_record(item) for item in r['ladder']]), candidates=Candidates.from_record(r['candidates']), excluded=tuple(r['excluded']), self_approval=r['self_approval'], quorum=r['quorum'], changes_veto=r['changes_veto'], reject_veto=r['reject_veto'], stages=tuple([Stage.from_record(item) for item in r['stages']]), max_revisions=r['max_revisions'], revise_within_seconds=r['revise_within_seconds'], claim_seconds=r['claim_seconds'], receipt_seconds=r['receipt_seconds'], view=r['view'], personal_fields=tuple(r['personal_fields']), facets=tuple([Facet.from_record(item) for item in r['facets']]), business=None if r['business'] is None else BusinessHours.from_record(r['business']), assign=None if r['assign'] is None else Assigning.from_record(r['assign']), oversight=None if r['oversight'] is None else OversightRule.from_record(r['oversight']))


class Priority(StrEnum):
    """How urgently a person is needed."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address that is told, exactly one field set."""

    SCHEMA: ClassVar[str] = "handraise.shared.Recipient"
    email: str | None = None
    slack_user_id: str | None = None
    slack_channel: str | None = None
    phone: str | None = None
    person: str | None = None

    def as_record(self) -> Record:
        return {"email": self.email, "slack_user_id": self.slack_user_id, "slack_channel": self.slack_channel, "phone": self.phone, "person": self.person}

    @classmethod
    def from_record(cls, r: Record) -> Recipient:
        return cls(email=r['email'], slack_user_id=r['slack_user_id'], slack_channel=r['slack_channel'], phone=r['phone'], person=r['person'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A command the core turned down: an answer, not a fault."""

    SCHEMA: ClassVar[str] = "handraise.shared.Refusal"
    reason: RefusalReason
    detail: str
    state: State | None = None
    revision: int | None = None
    holder: str | None = None
    winner: Winner | None = None
    unseen: tuple[str, ...] = ()
    look_seconds: int | None = None

    def as_record(self) -> Record:
        return {"reason": self.reason, "detail": self.detail, "state": self.state, "revision": self.revision, "holder": self.holder, "winner": None if self.winner is None else self.winner.as_record(), "unseen": self.unseen, "look_seconds": self.look_seconds}

    @classmethod
    def from_record(cls, r: Record) -> Refusal:
        return cls(reason=RefusalReason(r['reason']), detail=r['detail'], state=None if r['state'] is None else State(r['state']), revision=r['revision'], holder=r['holder'], winner=None if r['winner'] is None else Winner.from_record(r['winner']), unseen=tuple(r['unseen']), look_seconds=r['look_seconds'])


class RefusalReason(StrEnum):
    """Why a command was turned down."""

    INTERNAL = "internal"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    MISROUTED = "misrouted"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    KEY_REUSED = "key_reused"
    INVALID = "invalid"
    NOT_ALLOWED = "not_allowed"
    WRONG_STATE = "wrong_state"
    ALREADY_DECIDED = "already_decided"
    LATE = "late"
    STALE_REVISION = "stale_revision"
    HELD_BY = "held_by"
    REVISIONS_EXHAUSTED = "revisions_exhausted"
    LIMIT_REACHED = "limit_reached"
    TOO_EARLY = "too_early"
    SPENT = "spent"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """Where the outcome of a command is awaited."""

    SCHEMA: ClassVar[str] = "handraise.shared.ReplyTo"
    partition: int
    instance: str

    def as_record(self) -> Record:
        return {"partition": self.partition, "instance": self.instance}

    @classmethod
    def from_record(cls, r: Record) -> ReplyTo:
        return cls(partition=r['partition'], instance=r['instance'])


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStatus:
    """The public state of a request after an event; never its content."""

    SCHEMA: ClassVar[str] = "handraise.shared.RequestStatus"
    version: int
    state: State
    outcome: Outcome | None = None
    kind: str
    principal_id: str | None = None
    workflow_id: str | None = None
    checkpoint_id: str | None = None
    agent_id: str | None = None
    metadata: str
    revision: int
    content_hash: str
    priority: Priority
    assignee: Assignee | None = None
    deadline: datetime | None = None
    escalation_level: int
    reminders_sent: int
    next_step: NextStep | None = None
    callback: Callback | None = None
    callback_status: CallbackStatus | None = None
    created_at: datetime

    def as_record(self) -> Record:
        return {"version": self.version, "state": self.state, "outcome": self.outcome, "kind": self.kind, "principal_id": self.principal_id, "workflow_id": self.workflow_id, "checkpoint_id": self.checkpoint_id, "agent_id": self.agent_id, "metadata": self.metadata, "revision": self.revision, "content_hash": self.content_hash, "priority": self.priority, "assignee": None if self.assignee is None else self.assignee.as_record(), "deadline": self.deadline, "escalation_level": self.escalation_level, "reminders_sent": self.reminders_sent, "next_step": None if self.next_step is None else self.next_step.as_record(), "callback": None if self.callback is None else self.callback.as_record(), "callback_status": self.callback_status, "created_at": self.created_at}

    @classmethod
    def from_record(cls, r: Record) -> RequestStatus:
        return cls(version=r['version'], state=State(r['state']), outcome=None if r['outcome'] is None else Outcome(r['outcome']), kind=r['kind'], principal_id=r['principal_id'], workflow_id=r['workflow_id'], checkpoint_id=r['checkpoint_id'], agent_id=r['agent_id'], metadata=r['metadata'], revision=r['revision'], content_hash=r['content_hash'], priority=Priority(r['priority']), assignee=None if r['assignee'] is None else Assignee.from_record(r['assignee']), deadline=r['deadline'], escalation_level=r['escalation_level'], reminders_sent=r['reminders_sent'], next_step=None if r['next_step'] is None else NextStep.from_record(r['next_step']), callback=None if r['callback'] is None else Callback.from_record(r['callback']), callback_status=None if r['callback_status'] is None else CallbackStatus(r['callback_status']), created_at=r['created_at'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, bound to what the reviewer saw."""

    SCHEMA: ClassVar[str] = "handraise.shared.Response"
    decision: str
    means: Means
    comment: str | None = None
    data: str | None = None
    edited: str | None = None
    patch: str | None = None
    attachments: tuple[Attachment, ...] = ()
    responder_id: str | None = None
    channel: str | None = None
    revision: int
    content_hash: str
    responded_at: datetime
    default: bool = False
    seen: Oversight | None = None
    rule: RuleUsed | None = None

    def as_record(self) -> Record:
        return {"decision": self.decision, "means": self.means, "comment": self.comment, "data": self.data, "edited": self.edited, "patch": self.patch, "attachments": [item.as_record() for item in self.attachments], "responder_id": self.responder_id, "channel": self.channel, "revision": self.revision, "content_hash": self.content_hash, "responded_at": self.responded_at, "default": self.default, "seen": None if self.seen is None else self.seen.as_record(), "rule": None if self.rule is None else self.rule.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> Response:
        return cls(decision=r['decision'], means=Means(r['means']), comment=r['comment'], data=r['data'], edited=r['edited'], patch=r['patch'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]), responder_id=r['responder_id'], channel=r['channel'], revision=r['revision'], content_hash=r['content_hash'], responded_at=r['responded_at'], default=r['default'], seen=None if r['seen'] is None else Oversight.from_record(r['seen']), rule=None if r['rule'] is None else RuleUsed.from_record(r['rule']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Who is told of a request, and how."""

    SCHEMA: ClassVar[str] = "handraise.shared.Routing"
    channels: tuple[str, ...] = ()
    recipients: tuple[Recipient, ...] = ()

    def as_record(self) -> Record:
        return {"channels": self.channels, "recipients": [item.as_record() for item in self.recipients]}

    @classmethod
    def from_record(cls, r: Record) -> Routing:
        return cls(channels=tuple(r['channels']), recipients=tuple([Recipient.from_record(item) for item in r['recipients']]))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUsed:
    """The standing rule that gave an answer."""

    SCHEMA: ClassVar[str] = "handraise.shared.RuleUsed"
    rule: str
    rule_version: int
    maker: str | None = None

    def as_record(self) -> Record:
        return {"rule": self.rule, "rule_version": self.rule_version, "maker": self.maker}

    @classmethod
    def from_record(cls, r: Record) -> RuleUsed:
        return cls(rule=r['rule'], rule_version=r['rule_version'], maker=r['maker'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of an ordered approval."""

    SCHEMA: ClassVar[str] = "handraise.shared.Stage"
    name: str
    candidates: Candidates
    quorum: int = 1

    def as_record(self) -> Record:
        return {"name": self.name, "candidates": self.candidates.as_record(), "quorum": self.quorum}

    @classmethod
    def from_record(cls, r: Record) -> Stage:
        return cls(name=r['name'], candidates=Candidates.from_record(r['candidates']), quorum=r['quorum'])


class State(StrEnum):
    """Where a request stands in its life."""

    PENDING = "pending"
    NOTIFIED = "notified"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    REVISING = "revising"
    RESPONDED = "responded"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    CALLBACK_SENT = "callback_sent"
    COMPLETED = "completed"


class StepKind(StrEnum):
    """A step that the clock makes due: a claim's lease ends, a reminder, the next rung of the ladder, the closing."""

    RELEASE = "release"
    REMIND = "remind"
    ESCALATE = "escalate"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """What was decided first, named to whoever came second."""

    SCHEMA: ClassVar[str] = "handraise.shared.Winner"
    event: str
    actor_id: str
    decision: str | None = None
    at: datetime

    def as_record(self) -> Record:
        return {"event": self.event, "actor_id": self.actor_id, "decision": self.decision, "at": self.at}

    @classmethod
    def from_record(cls, r: Record) -> Winner:
        return cls(event=r['event'], actor_id=r['actor_id'], decision=r['decision'], at=r['at'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Give a request to a person or a team."""

    SCHEMA: ClassVar[str] = "handraise.command.Assign"
    assignee: Assignee
    reason: str | None = None
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()

    def as_record(self) -> Record:
        return {"assignee": self.assignee.as_record(), "reason": self.reason, "roles": self.roles, "teams": self.teams}

    @classmethod
    def from_record(cls, r: Record) -> Assign:
        return cls(assignee=Assignee.from_record(r['assignee']), reason=r['reason'], roles=tuple(r['roles']), teams=tuple(r['teams']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Withdraw a request."""

    SCHEMA: ClassVar[str] = "handraise.command.Cancel"
    reason: str | None = None

    def as_record(self) -> Record:
        return {"reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Cancel:
        return cls(reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Take a request for oneself."""

    SCHEMA: ClassVar[str] = "handraise.command.Claim"

    def as_record(self) -> Record:
        return {}

    @classmethod
    def from_record(cls, r: Record) -> Claim:
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Say something without deciding."""

    SCHEMA: ClassVar[str] = "handraise.command.Comment"
    text: str
    attachments: tuple[Attachment, ...] = ()

    def as_record(self) -> Record:
        return {"text": self.text, "attachments": [item.as_record() for item in self.attachments]}

    @classmethod
    def from_record(cls, r: Record) -> Comment:
        return cls(text=r['text'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Climb the ladder: by a person, or by the clock with a generation."""

    SCHEMA: ClassVar[str] = "handraise.command.Escalate"
    reason: str | None = None
    generation: int | None = None

    def as_record(self) -> Record:
        return {"reason": self.reason, "generation": self.generation}

    @classmethod
    def from_record(cls, r: Record) -> Escalate:
        return cls(reason=r['reason'], generation=r['generation'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """Close by the deadline (the clock)."""

    SCHEMA: ClassVar[str] = "handraise.command.Expire"
    generation: int

    def as_record(self) -> Record:
        return {"generation": self.generation}

    @classmethod
    def from_record(cls, r: Record) -> Expire:
        return cls(generation=r['generation'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend:
    """Move the deadline."""

    SCHEMA: ClassVar[str] = "handraise.command.Extend"
    seconds: int | None = None
    deadline: datetime | None = None
    reason: str | None = None

    def as_record(self) -> Record:
        return {"seconds": self.seconds, "deadline": self.deadline, "reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Extend:
        return cls(seconds=r['seconds'], deadline=r['deadline'], reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Ask a person."""

    SCHEMA: ClassVar[str] = "handraise.command.Open"
    kind: str
    principal_id: str | None = None
    title: str
    description: str | None = None
    context: str
    form: str | None = None
    needs_data: bool = False
    attachments: tuple[Attachment, ...] = ()
    routing: Routing
    priority: Priority
    timeout_seconds: int | None = None
    policy: Policy
    callback: Callback | None = None
    metadata: str
    workflow_id: str | None = None
    checkpoint_id: str | None = None
    agent_id: str | None = None
    requester_id: str
    content_hash: str
    fingerprint: str
    auto_decision: AutoDecision | None = None

    def as_record(self) -> Record:
        return {"kind": self.kind, "principal_id": self.principal_id, "title": self.title, "description": self.description, "context": self.context, "form": self.form, "needs_data": self.needs_data, "attachments": [item.as_record() for item in self.attachments], "routing": self.routing.as_record(), "priority": self.priority, "timeout_seconds": self.timeout_seconds, "policy": self.policy.as_record(), "callback": None if self.callback is None else self.callback.as_record(), "metadata": self.metadata, "workflow_id": self.workflow_id, "checkpoint_id": self.checkpoint_id, "agent_id": self.agent_id, "requester_id": self.requester_id, "content_hash": self.content_hash, "fingerprint": self.fingerprint, "auto_decision": None if self.auto_decision is None else self.auto_decision.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> Open:
        return cls(kind=r['kind'], principal_id=r['principal_id'], title=r['title'], description=r['description'], context=r['context'], form=r['form'], needs_data=r['needs_data'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]), routing=Routing.from_record(r['routing']), priority=Priority(r['priority']), timeout_seconds=r['timeout_seconds'], policy=Policy.from_record(r['policy']), callback=None if r['callback'] is None else Callback.from_record(r['callback']), metadata=r['metadata'], workflow_id=r['workflow_id'], checkpoint_id=r['checkpoint_id'], agent_id=r['agent_id'], requester_id=r['requester_id'], content_hash=r['content_hash'], fingerprint=r['fingerprint'], auto_decision=None if r['auto_decision'] is None else AutoDecision.from_record(r['auto_decision']))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCallback:
    """Tell the core how a callback ended (callback service)."""

    SCHEMA: ClassVar[str] = "handraise.command.RecordCallback"
    delivery_id: str
    delivered: bool
    status_code: int | None = None
    attempts: int
    error: str | None = None

    def as_record(self) -> Record:
        return {"delivery_id": self.delivery_id, "delivered": self.delivered, "status_code": self.status_code, "attempts": self.attempts, "error": self.error}

    @classmethod
    def from_record(cls, r: Record) -> RecordCallback:
        return cls(delivery_id=r['delivery_id'], delivered=r['delivered'], status_code=r['status_code'], attempts=r['attempts'], error=r['error'])


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNotification:
    """Tell the core that people were told (notifier)."""

    SCHEMA: ClassVar[str] = "handraise.command.RecordNotification"
    notice_id: str
    channels: tuple[str, ...] = ()
    sent: int
    failed: int

    def as_record(self) -> Record:
        return {"notice_id": self.notice_id, "channels": self.channels, "sent": self.sent, "failed": self.failed}

    @classmethod
    def from_record(cls, r: Record) -> RecordNotification:
        return cls(notice_id=r['notice_id'], channels=tuple(r['channels']), sent=r['sent'], failed=r['failed'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeem:
    """Spend an approval, once."""

    SCHEMA: ClassVar[str] = "handraise.command.Redeem"
    content_hash: str
    spender: str

    def as_record(self) -> Record:
        return {"content_hash": self.content_hash, "spender": self.spender}

    @classmethod
    def from_record(cls, r: Record) -> Redeem:
        return cls(content_hash=r['content_hash'], spender=r['spender'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Give a claim back."""

    SCHEMA: ClassVar[str] = "handraise.command.Release"
    reason: str | None = None
    generation: int | None = None
    from_person: str | None = None

    def as_record(self) -> Record:
        return {"reason": self.reason, "generation": self.generation, "from_person": self.from_person}

    @classmethod
    def from_record(cls, r: Record) -> Release:
        return cls(reason=r['reason'], generation=r['generation'], from_person=r['from_person'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Remind the reviewers (the clock)."""

    SCHEMA: ClassVar[str] = "handraise.command.Remind"
    generation: int

    def as_record(self) -> Record:
        return {"generation": self.generation}

    @classmethod
    def from_record(cls, r: Record) -> Remind:
        return cls(generation=r['generation'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprioritise:
    """Change the priority."""

    SCHEMA: ClassVar[str] = "handraise.command.Reprioritise"
    priority: Priority
    reason: str | None = None

    def as_record(self) -> Record:
        return {"priority": self.priority, "reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Reprioritise:
        return cls(priority=Priority(r['priority']), reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """Answer a request."""

    SCHEMA: ClassVar[str] = "handraise.command.Respond"
    decision: str
    comment: str | None = None
    data: str | None = None
    edited: str | None = None
    patch: str | None = None
    attachments: tuple[Attachment, ...] = ()
    revision: int | None = None
    content_hash: str | None = None
    seen: Oversight | None = None

    def as_record(self) -> Record:
        return {"decision": self.decision, "comment": self.comment, "data": self.data, "edited": self.edited, "patch": self.patch, "attachments": [item.as_record() for item in self.attachments], "revision": self.revision, "content_hash": self.content_hash, "seen": None if self.seen is None else self.seen.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> Respond:
        return cls(decision=r['decision'], comment=r['comment'], data=r['data'], edited=r['edited'], patch=r['patch'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]), revision=r['revision'], content_hash=r['content_hash'], seen=None if r['seen'] is None else Oversight.from_record(r['seen']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """Put a changed question (the asker)."""

    SCHEMA: ClassVar[str] = "handraise.command.Revise"
    title: str
    description: str | None = None
    context: str
    form: str | None = None
    needs_data: bool = False
    attachments: tuple[Attachment, ...] = ()
    content_hash: str
    note: str | None = None

    def as_record(self) -> Record:
        return {"title": self.title, "description": self.description, "context": self.context, "form": self.form, "needs_data": self.needs_data, "attachments": [item.as_record() for item in self.attachments], "content_hash": self.content_hash, "note": self.note}

    @classmethod
    def from_record(cls, r: Record) -> Revise:
        return cls(title=r['title'], description=r['description'], context=r['context'], form=r['form'], needs_data=r['needs_data'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]), content_hash=r['content_hash'], note=r['note'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin to work on a request."""

    SCHEMA: ClassVar[str] = "handraise.command.Start"

    def as_record(self) -> Record:
        return {}

    @classmethod
    def from_record(cls, r: Record) -> Start:
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecorded:
    """One vote of several."""

    SCHEMA: ClassVar[str] = "handraise.event.AnswerRecorded"
    response: Response
    stage: int
    votes: int
    needed: int

    def as_record(self) -> Record:
        return {"response": self.response.as_record(), "stage": self.stage, "votes": self.votes, "needed": self.needed}

    @classmethod
    def from_record(cls, r: Record) -> AnswerRecorded:
        return cls(response=Response.from_record(r['response']), stage=r['stage'], votes=r['votes'], needed=r['needed'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The request has an owner."""

    SCHEMA: ClassVar[str] = "handraise.event.Assigned"
    assignee: Assignee
    claimed: bool
    until: datetime | None = None
    reason: str | None = None

    def as_record(self) -> Record:
        return {"assignee": self.assignee.as_record(), "claimed": self.claimed, "until": self.until, "reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Assigned:
        return cls(assignee=Assignee.from_record(r['assignee']), claimed=r['claimed'], until=r['until'], reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFailed:
    """The callback was given up."""

    SCHEMA: ClassVar[str] = "handraise.event.CallbackFailed"
    delivery_id: str
    status_code: int | None = None
    attempts: int
    error: str | None = None

    def as_record(self) -> Record:
        return {"delivery_id": self.delivery_id, "status_code": self.status_code, "attempts": self.attempts, "error": self.error}

    @classmethod
    def from_record(cls, r: Record) -> CallbackFailed:
        return cls(delivery_id=r['delivery_id'], status_code=r['status_code'], attempts=r['attempts'], error=r['error'])


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSent:
    """The receiver took the callback."""

    SCHEMA: ClassVar[str] = "handraise.event.CallbackSent"
    delivery_id: str
    status_code: int
    attempts: int

    def as_record(self) -> Record:
        return {"delivery_id": self.delivery_id, "status_code": self.status_code, "attempts": self.attempts}

    @classmethod
    def from_record(cls, r: Record) -> CallbackSent:
        return cls(delivery_id=r['delivery_id'], status_code=r['status_code'], attempts=r['attempts'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The request was withdrawn."""

    SCHEMA: ClassVar[str] = "handraise.event.Cancelled"
    reason: str | None = None

    def as_record(self) -> Record:
        return {"reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Cancelled:
        return cls(reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesRequested:
    """The reviewer wants a changed question before deciding."""

    SCHEMA: ClassVar[str] = "handraise.event.ChangesRequested"
    response: Response
    deadline: datetime
    revisions_left: int

    def as_record(self) -> Record:
        return {"response": self.response.as_record(), "deadline": self.deadline, "revisions_left": self.revisions_left}

    @classmethod
    def from_record(cls, r: Record) -> ChangesRequested:
        return cls(response=Response.from_record(r['response']), deadline=r['deadline'], revisions_left=r['revisions_left'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """Something was said."""

    SCHEMA: ClassVar[str] = "handraise.event.Commented"
    text: str
    attachments: tuple[Attachment, ...] = ()

    def as_record(self) -> Record:
        return {"text": self.text, "attachments": [item.as_record() for item in self.attachments]}

    @classmethod
    def from_record(cls, r: Record) -> Commented:
        return cls(text=r['text'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """Nothing is left to do."""

    SCHEMA: ClassVar[str] = "handraise.event.Completed"

    def as_record(self) -> Record:
        return {}

    @classmethod
    def from_record(cls, r: Record) -> Completed:
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineMoved:
    """The deadline moved."""

    SCHEMA: ClassVar[str] = "handraise.event.DeadlineMoved"
    deadline: datetime
    previous: datetime | None = None
    reason: str | None = None

    def as_record(self) -> Record:
        return {"deadline": self.deadline, "previous": self.previous, "reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> DeadlineMoved:
        return cls(deadline=r['deadline'], previous=r['previous'], reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """The request climbed a rung."""

    SCHEMA: ClassVar[str] = "handraise.event.Escalated"
    level: int
    name: str
    candidates: Candidates
    channels: tuple[str, ...] = ()
    reason: str | None = None
    due_at: datetime | None = None
    deadline: datetime | None = None
    on_call: str | None = None

    def as_record(self) -> Record:
        return {"level": self.level, "name": self.name, "candidates": self.candidates.as_record(), "channels": self.channels, "reason": self.reason, "due_at": self.due_at, "deadline": self.deadline, "on_call": self.on_call}

    @classmethod
    def from_record(cls, r: Record) -> Escalated:
        return cls(level=r['level'], name=r['name'], candidates=Candidates.from_record(r['candidates']), channels=tuple(r['channels']), reason=r['reason'], due_at=r['due_at'], deadline=r['deadline'], on_call=r['on_call'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """People were told."""

    SCHEMA: ClassVar[str] = "handraise.event.Notified"
    notice_id: str
    channels: tuple[str, ...] = ()
    sent: int
    failed: int

    def as_record(self) -> Record:
        return {"notice_id": self.notice_id, "channels": self.channels, "sent": self.sent, "failed": self.failed}

    @classmethod
    def from_record(cls, r: Record) -> Notified:
        return cls(notice_id=r['notice_id'], channels=tuple(r['channels']), sent=r['sent'], failed=r['failed'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The final answer."""

    SCHEMA: ClassVar[str] = "handraise.event.Received"
    response: Response
    outcome: Outcome
    receipt_until: datetime | None = None

    def as_record(self) -> Record:
        return {"response": self.response.as_record(), "outcome": self.outcome, "receipt_until": self.receipt_until}

    @classmethod
    def from_record(cls, r: Record) -> Received:
        return cls(response=Response.from_record(r['response']), outcome=Outcome(r['outcome']), receipt_until=r['receipt_until'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """The approval was spent."""

    SCHEMA: ClassVar[str] = "handraise.event.Redeemed"
    content_hash: str
    spender: str

    def as_record(self) -> Record:
        return {"content_hash": self.content_hash, "spender": self.spender}

    @classmethod
    def from_record(cls, r: Record) -> Redeemed:
        return cls(content_hash=r['content_hash'], spender=r['spender'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The request has no owner any more."""

    SCHEMA: ClassVar[str] = "handraise.event.Released"
    from_person: str | None = None
    reason: str | None = None

    def as_record(self) -> Record:
        return {"from_person": self.from_person, "reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Released:
        return cls(from_person=r['from_person'], reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """The reviewers are reminded."""

    SCHEMA: ClassVar[str] = "handraise.event.Reminded"
    number: int
    due_at: datetime
    deadline: datetime

    def as_record(self) -> Record:
        return {"number": self.number, "due_at": self.due_at, "deadline": self.deadline}

    @classmethod
    def from_record(cls, r: Record) -> Reminded:
        return cls(number=r['number'], due_at=r['due_at'], deadline=r['deadline'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprioritised:
    """The priority changed."""

    SCHEMA: ClassVar[str] = "handraise.event.Reprioritised"
    priority: Priority
    previous: Priority
    reason: str | None = None

    def as_record(self) -> Record:
        return {"priority": self.priority, "previous": self.previous, "reason": self.reason}

    @classmethod
    def from_record(cls, r: Record) -> Reprioritised:
        return cls(priority=Priority(r['priority']), previous=Priority(r['previous']), reason=r['reason'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A question was asked."""

    SCHEMA: ClassVar[str] = "handraise.event.Requested"
    kind: str
    principal_id: str | None = None
    title: str
    description: str | None = None
    context: str
    form: str | None = None
    needs_data: bool = False
    attachments: tuple[Attachment, ...] = ()
    routing: Routing
    priority: Priority
    deadline: datetime | None = None
    policy: Policy
    callback: Callback | None = None
    metadata: str
    workflow_id: str | None = None
    checkpoint_id: str | None = None
    agent_id: str | None = None
    requester_id: str
    content_hash: str
    fingerprint: str
    auto_decision: AutoDecision | None = None

    def as_record(self) -> Record:
        return {"kind": self.kind, "principal_id": self.principal_id, "title": self.title, "description": self.description, "context": self.context, "form": self.form, "needs_data": self.needs_data, "attachments": [item.as_record() for item in self.attachments], "routing": self.routing.as_record(), "priority": self.priority, "deadline": self.deadline, "policy": self.policy.as_record(), "callback": None if self.callback is None else self.callback.as_record(), "metadata": self.metadata, "workflow_id": self.workflow_id, "checkpoint_id": self.checkpoint_id, "agent_id": self.agent_id, "requester_id": self.requester_id, "content_hash": self.content_hash, "fingerprint": self.fingerprint, "auto_decision": None if self.auto_decision is None else self.auto_decision.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> Requested:
        return cls(kind=r['kind'], principal_id=r['principal_id'], title=r['title'], description=r['description'], context=r['context'], form=r['form'], needs_data=r['needs_data'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]), routing=Routing.from_record(r['routing']), priority=Priority(r['priority']), deadline=r['deadline'], policy=Policy.from_record(r['policy']), callback=None if r['callback'] is None else Callback.from_record(r['callback']), metadata=r['metadata'], workflow_id=r['workflow_id'], checkpoint_id=r['checkpoint_id'], agent_id=r['agent_id'], requester_id=r['requester_id'], content_hash=r['content_hash'], fingerprint=r['fingerprint'], auto_decision=None if r['auto_decision'] is None else AutoDecision.from_record(r['auto_decision']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """The asker put a changed question."""

    SCHEMA: ClassVar[str] = "handraise.event.Revised"
    revision: int
    title: str
    description: str | None = None
    context: str
    form: str | None = None
    needs_data: bool = False
    attachments: tuple[Attachment, ...] = ()
    content_hash: str
    note: str | None = None
    deadline: datetime | None = None

    def as_record(self) -> Record:
        return {"revision": self.revision, "title": self.title, "description": self.description, "context": self.context, "form": self.form, "needs_data": self.needs_data, "attachments": [item.as_record() for item in self.attachments], "content_hash": self.content_hash, "note": self.note, "deadline": self.deadline}

    @classmethod
    def from_record(cls, r: Record) -> Revised:
        return cls(revision=r['revision'], title=r['title'], description=r['description'], context=r['context'], form=r['form'], needs_data=r['needs_data'], attachments=tuple([Attachment.from_record(item) for item in r['attachments']]), content_hash=r['content_hash'], note=r['note'], deadline=r['deadline'])


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOpened:
    """The next stage of an ordered approval began."""

    SCHEMA: ClassVar[str] = "handraise.event.StageOpened"
    stage: int
    name: str
    candidates: Candidates

    def as_record(self) -> Record:
        return {"stage": self.stage, "name": self.name, "candidates": self.candidates.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> StageOpened:
        return cls(stage=r['stage'], name=r['name'], candidates=Candidates.from_record(r['candidates']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The owner began to work on it."""

    SCHEMA: ClassVar[str] = "handraise.event.Started"

    def as_record(self) -> Record:
        return {}

    @classmethod
    def from_record(cls, r: Record) -> Started:
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """The deadline passed."""

    SCHEMA: ClassVar[str] = "handraise.event.TimedOut"
    action: DeadlineAction
    deadline: datetime
    response: Response | None = None

    def as_record(self) -> Record:
        return {"action": self.action, "deadline": self.deadline, "response": None if self.response is None else self.response.as_record()}

    @classmethod
    def from_record(cls, r: Record) -> TimedOut:
        return cls(action=DeadlineAction(r['action']), deadline=r['deadline'], response=None if r['response'] is None else Response.from_record(r['response']))


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a service wants done to one request; the value of `human.input.commands`."""

    SCHEMA: ClassVar[str] = "handraise.log.Command"
    command_id: str
    request_id: str
    tenant: str
    actor: Actor
    keyed: bool
    revision: int | None = None
    valid_until: datetime | None = None
    issued_at: datetime
    reply_to: ReplyTo | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    body: bytes

    def as_record(self) -> Record:
        return {"command_id": self.command_id, "request_id": self.request_id, "tenant": self.tenant, "actor": self.actor.as_record(), "keyed": self.keyed, "revision": self.revision, "valid_until": self.valid_until, "issued_at": self.issued_at, "reply_to": None if self.reply_to is None else self.reply_to.as_record(), "correlation_id": self.correlation_id, "traceparent": self.traceparent, "body": self.body}

    @classmethod
    def from_record(cls, r: Record) -> Command:
        return cls(command_id=r['command_id'], request_id=r['request_id'], tenant=r['tenant'], actor=Actor.from_record(r['actor']), keyed=r['keyed'], revision=r['revision'], valid_until=r['valid_until'], issued_at=r['issued_at'], reply_to=None if r['reply_to'] is None else ReplyTo.from_record(r['reply_to']), correlation_id=r['correlation_id'], traceparent=r['traceparent'], body=r['body'])


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Something that could not be read or handled."""

    SCHEMA: ClassVar[str] = "handraise.log.DeadLetter"
    origin_topic: str
    origin_partition: int
    origin_offset: int
    key: bytes | None = None
    value: bytes | None = None
    cause: str
    detail: str
    code_version: str
    at: datetime

    def as_record(self) -> Record:
        return {"origin_topic": self.origin_topic, "origin_partition": self.origin_partition, "origin_offset": self.origin_offset, "key": self.key, "value": self.value, "cause": self.cause, "detail": self.detail, "code_version": self.code_version, "at": self.at}

    @classmethod
    def from_record(cls, r: Record) -> DeadLetter:
        return cls(origin_topic=r['origin_topic'], origin_partition=r['origin_partition'], origin_offset=r['origin_offset'], key=r['key'], value=r['value'], cause=r['cause'], detail=r['detail'], code_version=r['code_version'], at=r['at'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one command came to; the payload of a frame of `human.input.log`."""

    SCHEMA: ClassVar[str] = "handraise.log.Entry"
    command_id: str
    command: str
    request_id: str
    tenant: str
    actor: Actor | None = None
    received_at: datetime
    at: datetime
    request_previous: bytes | None = None
    events: tuple[Recorded, ...] = ()
    refusal: Refusal | None = None
    repeated: bool = False
    remember_until: datetime | None = None
    reply_to: ReplyTo | None = None
    correlation_id: str | None = None
    traceparent: str | None = None
    command_digest: bytes | None = None

    def as_record(self) -> Record:
        return {"command_id": self.command_id, "command": self.command, "request_id": self.request_id, "tenant": self.tenant, "actor": None if self.actor is None else self.actor.as_record(), "received_at": self.received_at, "at": self.at, "request_previous": self.request_previous, "events": [item.as_record() for item in self.events], "refusal": None if self.refusal is None else self.refusal.as_record(), "repeated": self.repeated, "remember_until": self.remember_until, "reply_to": None if self.reply_to is None else self.reply_to.as_record(), "correlation_id": self.correlation_id, "traceparent": self.traceparent, "command_digest": self.command_digest}

    @classmethod
    def from_record(cls, r: Record) -> Entry:
        return cls(command_id=r['command_id'], command=r['command'], request_id=r['request_id'], tenant=r['tenant'], actor=None if r['actor'] is None else Actor.from_record(r['actor']), received_at=r['received_at'], at=r['at'], request_previous=r['request_previous'], events=tuple([Recorded.from_record(item) for item in r['events']]), refusal=None if r['refusal'] is None else Refusal.from_record(r['refusal']), repeated=r['repeated'], remember_until=r['remember_until'], reply_to=None if r['reply_to'] is None else ReplyTo.from_record(r['reply_to']), correlation_id=r['correlation_id'], traceparent=r['traceparent'], command_digest=r['command_digest'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebase:
    """An operator's word that commands were lost."""

    SCHEMA: ClassVar[str] = "handraise.log.Rebase"
    to: int
    reason: str
    who: str
    at: datetime

    def as_record(self) -> Record:
        return {"to": self.to, "reason": self.reason, "who": self.who, "at": self.at}

    @classmethod
    def from_record(cls, r: Record) -> Rebase:
        return cls(to=r['to'], reason=r['reason'], who=r['who'], at=r['at'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One event of an entry."""

    SCHEMA: ClassVar[str] = "handraise.log.Recorded"
    by_policy: bool
    body: bytes

    def as_record(self) -> Record:
        return {"by_policy": self.by_policy, "body": self.body}

    @classmethod
    def from_record(cls, r: Record) -> Recorded:
        return cls(by_policy=r['by_policy'], body=r['body'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The outcome of a command, to the process that waits for it."""

    SCHEMA: ClassVar[str] = "handraise.log.Reply"
    instance: str
    command_id: str
    request_id: str
    refusal: Refusal | None = None
    repeated: bool
    request: RequestStatus | None = None
    at: datetime
    partition: int
    command_offset: int
    entry_hash: bytes

    def as_record(self) -> Record:
        return {"instance": self.instance, "command_id": self.command_id, "request_id": self.request_id, "refusal": None if self.refusal is None else self.refusal.as_record(), "repeated": self.repeated, "request": None if self.request is None else self.request.as_record(), "at": self.at, "partition": self.partition, "command_offset": self.command_offset, "entry_hash": self.entry_hash}

    @classmethod
    def from_record(cls, r: Record) -> Reply:
        return cls(instance=r['instance'], command_id=r['command_id'], request_id=r['request_id'], refusal=None if r['refusal'] is None else Refusal.from_record(r['refusal']), repeated=r['repeated'], request=None if r['request'] is None else RequestStatus.from_record(r['request']), at=r['at'], partition=r['partition'], command_offset=r['command_offset'], entry_hash=r['entry_hash'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Offsets of the command topic that hold no command."""

    SCHEMA: ClassVar[str] = "handraise.log.Skip"
    to: int
    at: datetime

    def as_record(self) -> Record:
        return {"to": self.to, "at": self.at}

    @classmethod
    def from_record(cls, r: Record) -> Skip:
        return cls(to=r['to'], at=r['at'])


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointManifest:
    """What a checkpoint must hold to be believed; written last."""

    SCHEMA: ClassVar[str] = "handraise.state.CheckpointManifest"
    state_version: str
    head: StoredHead
    last_command_offset: int | None = None
    last_command_mark: str
    requests: int
    seen: int
    parts: tuple[bytes, ...]

    def as_record(self) -> Record:
        return {"state_version": self.state_version, "head": self.head.as_record(), "last_command_offset": self.last_command_offset, "last_command_mark": self.last_command_mark, "requests": self.requests, "seen": self.seen, "parts": self.parts}

    @classmethod
    def from_record(cls, r: Record) -> CheckpointManifest:
        return cls(state_version=r['state_version'], head=StoredHead.from_record(r['head']), last_command_offset=r['last_command_offset'], last_command_mark=r['last_command_mark'], requests=r['requests'], seen=r['seen'], parts=tuple(r['parts']))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointPart:
    """A piece of a checkpoint of one partition."""

    SCHEMA: ClassVar[str] = "handraise.state.CheckpointPart"
    request_ids: tuple[str, ...] = ()
    requests: tuple[bytes, ...] = ()
    policies: tuple[HeldPolicy, ...] = ()
    stubs: tuple[Stub, ...] = ()
    seen: tuple[Seen, ...] = ()

    def as_record(self) -> Record:
        return {"request_ids": self.request_ids, "requests": self.requests, "policies": [item.as_record() for item in self.policies], "stubs": [item.as_record() for item in self.stubs], "seen": [item.as_record() for item in self.seen]}

    @classmethod
    def from_record(cls, r: Record) -> CheckpointPart:
        return cls(request_ids=tuple(r['request_ids']), requests=tuple(r['requests']), policies=tuple([HeldPolicy.from_record(item) for item in r['policies']]), stubs=tuple([Stub.from_record(item) for item in r['stubs']]), seen=tuple([Seen.from_record(item) for item in r['seen']]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a request was closed."""

    SCHEMA: ClassVar[str] = "handraise.state.Closing"
    event: str
    actor_id: str
    decision: str | None = None
    means: Means | None = None
    at: datetime
    receipt_until: datetime | None = None

    def as_record(self) -> Record:
        return {"event": self.event, "actor_id": self.actor_id, "decision": self.decision, "means": self.means, "at": self.at, "receipt_until": self.receipt_until}

    @classmethod
    def from_record(cls, r: Record) -> Closing:
        return cls(event=r['event'], actor_id=r['actor_id'], decision=r['decision'], means=None if r['means'] is None else Means(r['means']), at=r['at'], receipt_until=r['receipt_until'])


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPolicy:
    """A policy, kept once for all requests that share it."""

    SCHEMA: ClassVar[str] = "handraise.state.HeldPolicy"
    policy_id: str
    policy: Policy
    requests: int

    def as_record(self) -> Record:
        return {"policy_id": self.policy_id, "policy": self.policy.as_record(), "requests": self.requests}

    @classmethod
    def from_record(cls, r: Record) -> HeldPolicy:
        return cls(policy_id=r['policy_id'], policy=Policy.from_record(r['policy']), requests=r['requests'])


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestState:
    """What the writer must know of a request to judge the next command, and no more."""

    SCHEMA: ClassVar[str] = "handraise.state.RequestState"
    request_id: str
    tenant: str
    version: int
    state: State
    outcome: Outcome | None = None
    policy_id: str
    principal_id: str | None = None
    workflow_id: str | None = None
    checkpoint_id: str | None = None
    agent_id: str | None = None
    metadata: str
    requester_id: str
    revision: int
    revisions_used: int
    content_hash: str
    needs_data: bool = False
    fingerprint: str
    priority: Priority
    notified: bool
    deadline: datetime | None = None
    timeout_seconds: int | None = None
    deadline_generation: int
    reminders_sent: int
    reminders_skipped: int = 0
    escalation_level: int
    ladder_from: datetime
    assignee: Assignee | None = None
    claim_until: datetime | None = None
    claim_generation: int
    stage: int
    votes: tuple[Vote, ...] = ()
    callback: Callback | None = None
    callback_status: CallbackStatus | None = None
    callback_id: str | None = None
    settled_deliveries: tuple[str, ...] = ()
    failed_deliveries: tuple[str, ...] = ()
    settled_notices: tuple[str, ...] = ()
    closing: Closing | None = None
    redeemed: bool
    created_at: datetime
    last_hash: bytes
    traceparent: str | None = None

    def as_record(self) -> Record:
        return {"request_id": self.request_id, "tenant": self.tenant, "version": self.version, "state": self.state, "outcome": self.outcome, "policy_id": self.policy_id, "principal_id": self.principal_id, "workflow_id": self.workflow_id, "checkpoint_id": self.checkpoint_id, "agent_id": self.agent_id, "metadata": self.metadata, "requester_id": self.requester_id, "revision": self.revision, "revisions_used": self.revisions_used, "content_hash": self.content_hash, "needs_data": self.needs_data, "fingerprint": self.fingerprint, "priority": self.priority, "notified": self.notified, "deadline": self.deadline, "timeout_seconds": self.timeout_seconds, "deadline_generation": self.deadline_generation, "reminders_sent": self.reminders_sent, "reminders_skipped": self.reminders_skipped, "escalation_level": self.escalation_level, "ladder_from": self.ladder_from, "assignee": None if self.assignee is None else self.assignee.as_record(), "claim_until": self.claim_until, "claim_generation": self.claim_generation, "stage": self.stage, "votes": [item.as_record() for item in self.votes], "callback": None if self.callback is None else self.callback.as_record(), "callback_status": self.callback_status, "callback_id": self.callback_id, "settled_deliveries": self.settled_deliveries, "failed_deliveries": self.failed_deliveries, "settled_notices": self.settled_notices, "closing": None if self.closing is None else self.closing.as_record(), "redeemed": self.redeemed, "created_at": self.created_at, "last_hash": self.last_hash, "traceparent": self.traceparent}

    @classmethod
    def from_record(cls, r: Record) -> RequestState:
        return cls(request_id=r['request_id'], tenant=r['tenant'], version=r['version'], state=State(r['state']), outcome=None if r['outcome'] is None else Outcome(r['outcome']), policy_id=r['policy_id'], principal_id=r['principal_id'], workflow_id=r['workflow_id'], checkpoint_id=r['checkpoint_id'], agent_id=r['agent_id'], metadata=r['metadata'], requester_id=r['requester_id'], revision=r['revision'], revisions_used=r['revisions_used'], content_hash=r['content_hash'], needs_data=r['needs_data'], fingerprint=r['fingerprint'], priority=Priority(r['priority']), notified=r['notified'], deadline=r['deadline'], timeout_seconds=r['timeout_seconds'], deadline_generation=r['deadline_generation'], reminders_sent=r['reminders_sent'], reminders_skipped=r['reminders_skipped'], escalation_level=r['escalation_level'], ladder_from=r['ladder_from'], assignee=None if r['assignee'] is None else Assignee.from_record(r['assignee']), claim_until=r['claim_until'], claim_generation=r['claim_generation'], stage=r['stage'], votes=tuple([Vote.from_record(item) for item in r['votes']]), callback=None if r['callback'] is None else Callback.from_record(r['callback']), callback_status=None if r['callback_status'] is None else CallbackStatus(r['callback_status']), callback_id=r['callback_id'], settled_deliveries=tuple(r['settled_deliveries']), failed_deliveries=tuple(r['failed_deliveries']), settled_notices=tuple(r['settled_notices']), closing=None if r['closing'] is None else Closing.from_record(r['closing']), redeemed=r['redeemed'], created_at=r['created_at'], last_hash=r['last_hash'], traceparent=r['traceparent'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The outcome of a command that may come again."""

    SCHEMA: ClassVar[str] = "handraise.state.Seen"
    command_id: str
    refusal: Refusal | None = None
    until: datetime

    def as_record(self) -> Record:
        return {"command_id": self.command_id, "refusal": None if self.refusal is None else self.refusal.as_record(), "until": self.until}

    @classmethod
    def from_record(cls, r: Record) -> Seen:
        return cls(command_id=r['command_id'], refusal=None if r['refusal'] is None else Refusal.from_record(r['refusal']), until=r['until'])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """Where a reader of the log stands."""

    SCHEMA: ClassVar[str] = "handraise.state.StoredHead"
    next_command_offset: int
    hash: bytes
    at: datetime
    last_command_id: str
    log_offset: int

    def as_record(self) -> Record:
        return {"next_command_offset": self.next_command_offset, "hash": self.hash, "at": self.at, "last_command_id": self.last_command_id, "log_offset": self.log_offset}

    @classmethod
    def from_record(cls, r: Record) -> StoredHead:
        return cls(next_command_offset=r['next_command_offset'], hash=r['hash'], at=r['at'], last_command_id=r['last_command_id'], log_offset=r['log_offset'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """A closed request, kept so that nothing opens it again by mistake."""

    SCHEMA: ClassVar[str] = "handraise.state.Stub"
    request_id: str
    gone_at: datetime

    def as_record(self) -> Record:
        return {"request_id": self.request_id, "gone_at": self.gone_at}

    @classmethod
    def from_record(cls, r: Record) -> Stub:
        return cls(request_id=r['request_id'], gone_at=r['gone_at'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One vote that counts."""

    SCHEMA: ClassVar[str] = "handraise.state.Vote"
    person: str
    decision: str
    means: Means
    in_place_of: str | None = None

    def as_record(self) -> Record:
        return {"person": self.person, "decision": self.decision, "means": self.means, "in_place_of": self.in_place_of}

    @classmethod
    def from_record(cls, r: Record) -> Vote:
        return cls(person=r['person'], decision=r['decision'], means=Means(r['means']), in_place_of=r['in_place_of'])


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The form of every public event; `data` stands for the event's own record, so each event type has a schema of its own (`handraise.public.<Event>`)."""

    SCHEMA: ClassVar[str] = "handraise.public.Envelope"
    event_id: str
    event_type: str
    workflow_id: str | None = None
    timestamp: datetime
    data: Event
    metadata: EventMetadata
    request: RequestStatus

    def as_record(self) -> Record:
        return {"event_id": self.event_id, "event_type": self.event_type, "workflow_id": self.workflow_id, "timestamp": self.timestamp, "data": self.data.as_record(), "metadata": self.metadata.as_record(), "request": self.request.as_record()}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMetadata:
    """What ties a public event to its surroundings."""

    SCHEMA: ClassVar[str] = "handraise.public.EventMetadata"
    agent_id: str | None = None
    correlation_id: str | None = None
    request_id: str
    tenant: str
    version: int
    actor: Actor
    log_partition: int
    log_offset: int

    def as_record(self) -> Record:
        return {"agent_id": self.agent_id, "correlation_id": self.correlation_id, "request_id": self.request_id, "tenant": self.tenant, "version": self.version, "actor": self.actor.as_record(), "log_partition": self.log_partition, "log_offset": self.log_offset}

    @classmethod
    def from_record(cls, r: Record) -> EventMetadata:
        return cls(agent_id=r['agent_id'], correlation_id=r['correlation_id'], request_id=r['request_id'], tenant=r['tenant'], version=r['version'], actor=Actor.from_record(r['actor']), log_partition=r['log_partition'], log_offset=r['log_offset'])


CommandBody: TypeAlias = (
    Assign
    | Cancel
    | Claim
    | Comment
    | Escalate
    | Expire
    | Extend
    | Open
    | RecordCallback
    | RecordNotification
    | Redeem
    | Release
    | Remind
    | Reprioritise
    | Respond
    | Revise
    | Start
)


COMMANDS: tuple[type[CommandBody], ...] = (
    Assign,
    Cancel,
    Claim,
    Comment,
    Escalate,
    Expire,
    Extend,
    Open,
    RecordCallback,
    RecordNotification,
    Redeem,
    Release,
    Remind,
    Reprioritise,
    Respond,
    Revise,
    Start,
)


Event: TypeAlias = (
    AnswerRecorded
    | Assigned
    | CallbackFailed
    | CallbackSent
    | Cancelled
    | ChangesRequested
    | Commented
    | Completed
    | DeadlineMoved
    | Escalated
    | Notified
    | Received
    | Redeemed
    | Released
    | Reminded
    | Reprioritised
    | Requested
    | Revised
    | StageOpened
    | Started
    | TimedOut
)


EVENTS: tuple[type[Event], ...] = (
    AnswerRecorded,
    Assigned,
    CallbackFailed,
    CallbackSent,
    Cancelled,
    ChangesRequested,
    Commented,
    Completed,
    DeadlineMoved,
    Escalated,
    Notified,
    Received,
    Redeemed,
    Released,
    Reminded,
    Reprioritised,
    Requested,
    Revised,
    StageOpened,
    Started,
    TimedOut,
)
