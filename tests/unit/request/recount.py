"""A second, naive account of a request from its history alone, to hold the core against."""

from dataclasses import dataclass, field
from datetime import datetime

from event_schemas.types import (
    Actor,
    AnswerRecorded,
    Assigned,
    Assignee,
    CallbackFailed,
    CallbackSent,
    Cancelled,
    Candidates,
    ChangesRequested,
    Commented,
    Completed,
    DeadlineMoved,
    Escalated,
    Event,
    Means,
    Notified,
    Policy,
    Received,
    Redeemed,
    Released,
    Reminded,
    Requested,
    Response,
    Revised,
    StageOpened,
    State,
    TimedOut,
)
from kernel.request.entry import Applied

ENDS = (Received, TimedOut, Cancelled)
AFTER_THE_END = (Completed, Commented, Notified, CallbackSent, CallbackFailed, Redeemed)
_waiting = {State.PENDING, State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS}
_ended = {State.RESPONDED, State.TIMED_OUT, State.CANCELLED}
EDGES: dict[State, set[State]] = {
    State.PENDING: {State.NOTIFIED, State.ASSIGNED, State.IN_PROGRESS, State.REVISING} | _ended,
    State.NOTIFIED: {State.ASSIGNED, State.IN_PROGRESS, State.REVISING} | _ended,
    State.ASSIGNED: (_waiting | {State.REVISING} | _ended),
    State.IN_PROGRESS: (_waiting | {State.REVISING} | _ended),
    State.REVISING: {State.PENDING, State.TIMED_OUT, State.CANCELLED},
    State.RESPONDED: {State.CALLBACK_SENT, State.COMPLETED},
    State.TIMED_OUT: {State.CALLBACK_SENT, State.COMPLETED},
    State.CANCELLED: {State.CALLBACK_SENT, State.COMPLETED},
    State.CALLBACK_SENT: {State.COMPLETED},
    State.COMPLETED: set(),
}


@dataclass
class Tally:
    """What the history so far adds up to."""

    policy: Policy
    requester: str
    deadline: datetime | None = None
    rungs: list[str] = field(default_factory=list)
    reminded: list[datetime] = field(default_factory=list)
    stage: int = 0
    revision: int = 0
    sent_back: int = 0
    content_hash: str = ""
    needs_data: bool = False
    assignee: Assignee | None = None
    votes: list[tuple[set[str], str]] = field(default_factory=list)
    ends: list[Event] = field(default_factory=list)
    redeemed: int = 0

    def may_answer(self, actor: Actor) -> bool:
        """Whether the actor may answer as things stand (roles without limits only)."""
        people = {actor.id, actor.on_behalf_of} - {None}
        if people & set(self.policy.excluded):
            return False
        if self.requester in people and not self.policy.self_approval:
            return False
        if self.assignee is not None and self.assignee.person in people:
            return True
        stages = self.policy.stages
        asked = stages[self.stage].candidates if stages else self.policy.candidates
        everyone = Candidates(roles=("reviewer", "lead", "admin"))
        first = next(c for c in (asked, self.policy.candidates, everyone) if c != Candidates())
        more = [step.candidates for step in self.policy.ladder if step.name in self.rungs]
        return any(
            set(each.people) & people
            or set(each.teams) & set(actor.teams)
            or set(each.roles) & set(actor.roles)
            for each in (first, *more)
        )

    def counting(self) -> list[str]:
        """The decisions of the votes that count: no later vote shares a person with them."""
        return [
            decision
            for index, (people, decision) in enumerate(self.votes)
            if not any(people & later for later, _ in self.votes[index + 1 :])
        ]

    def check(self, applied: Applied) -> None:
        """What must hold of an event, given all before it."""
        event, context = applied.event, applied.context
        received_at = context.received_at
        if self.ends:
            assert isinstance(event, AFTER_THE_END), "nothing is decided after the end"
        match event:
            case TimedOut():
                assert self.deadline is not None
                assert event.deadline == self.deadline <= received_at, "never early"
                assert applied.by_policy
            case Reminded() | Escalated() if event.due_at is not None:
                assert event.due_at <= received_at, "never early"
            case Received() | AnswerRecorded() | ChangesRequested() if not applied.by_policy:
                self._check_answer(event.response, context.actor, received_at)
            case _:
                pass
        self._check_data(event)
        match event:
            case Reminded():
                assert event.number == len(self.reminded) + 1, "no reminder twice"
                assert event.deadline == self.deadline
                assert self.deadline is not None
                assert event.due_at not in self.reminded
            case Escalated():
                assert event.level == len(self.rungs) + 1, "no rung twice, none left out"
                assert event.name == self.policy.ladder[event.level - 1].name
            case Received() if self.policy.quorum > 1 and not applied.by_policy:
                self._check_quorum(event.response)
            case _:
                pass

    def _check_answer(self, response: Response, actor: Actor, received_at: datetime) -> None:
        assert self.deadline is None or received_at < self.deadline, "the deadline is law"
        assert self.may_answer(actor), "only who may answer"
        assert (response.revision, response.content_hash) == (self.revision, self.content_hash)
        assert response.decision in {option.name for option in self.policy.decisions}

    def _check_data(self, event: Event) -> None:
        response = getattr(event, "response", None)
        if response is not None and self.needs_data and response.data is None:
            assert response.means not in (Means.APPROVE, Means.ANSWER), "no form is left empty"

    def _check_quorum(self, response: Response) -> None:
        vetoed = response.decision in ("reject", "request_changes")
        enough = self.counting().count(response.decision) >= self.policy.quorum
        assert enough or vetoed, "no end without a quorum"

    def take(self, applied: Applied) -> None:  # noqa: C901, PLR0912 -- one case per event
        """Adds an event to the account."""
        event = applied.event
        match event:
            case Requested() | Revised():
                self.deadline, self.content_hash = event.deadline, event.content_hash
                self.needs_data = event.needs_data
                self.revision += 1
                self.stage, self.votes, self.reminded = 0, [], []
            case ChangesRequested():
                self.deadline, self.assignee, self.reminded = event.deadline, None, []
                self.sent_back += 1
            case DeadlineMoved():
                self.deadline, self.reminded = event.deadline, []
            case Escalated():
                self.rungs.append(event.name)
                if event.deadline != self.deadline:
                    self.deadline, self.reminded = event.deadline, []
            case Reminded():
                self.reminded.append(event.due_at)
            case Assigned():
                self.assignee = event.assignee
            case Released():
                self.assignee = None
            case StageOpened():
                self.stage, self.votes, self.assignee = event.stage, [], None
            case AnswerRecorded():
                actor = applied.context.actor
                people = {actor.id} | ({actor.on_behalf_of} - {None})
                self.votes.append((people, event.response.decision))
            case Redeemed():
                self.redeemed += 1
            case Received() | TimedOut() | Cancelled():
                self.ends.append(event)
            case _:
                pass

    def agrees(self, applied: Applied) -> None:
        """The core's account after the event is the same."""
        state = applied.request.state
        assert state.deadline == self.deadline
        assert state.escalation_level == len(self.rungs)
        assert state.reminders_sent == len(self.reminded)
        assert (state.stage, state.revision) == (self.stage, self.revision)
        assert state.revisions_used == self.sent_back <= max(self.policy.max_revisions, 0)
        assert state.content_hash == self.content_hash
        assert state.needs_data == self.needs_data
        assert state.assignee == self.assignee
        assert sorted(vote.decision for vote in state.votes) == sorted(self.counting())
        assert (state.outcome is not None) == (state.closing is not None) == bool(self.ends)
        assert len(self.ends) <= 1, "one end"
        assert self.redeemed == int(state.redeemed) <= 1, "spent once"
