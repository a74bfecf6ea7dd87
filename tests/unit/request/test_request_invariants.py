"""Whatever anyone does in whatever order, these hold of every request, by a naive recount."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from event_schemas.types import (
    Actor,
    Assign,
    Assignee,
    Candidates,
    Claim,
    CommandBody,
    DeadlineAction,
    Escalate,
    Expire,
    Extend,
    NextStep,
    Policy,
    RecordCallback,
    RecordNotification,
    Redeem,
    Release,
    Remind,
    Revise,
    Stage,
    Start,
    State,
    StepKind,
)
from kernel.request.entry import fold_entry
from kernel.request.model import Request, is_open
from kernel.request.steps import next_step
from tests.unit.request.everyone import BODIES, EVERYONE
from tests.unit.request.given import Story
from tests.unit.request.recount import EDGES, Tally
from tests.unit.request.samples import (
    ADA,
    ANN,
    BEN,
    BOT,
    CALLBACK,
    CAT,
    CLOCK,
    DAY,
    HASH,
    HOUR,
    LEA,
    MINUTE,
    NOTIFIER,
    OTHER_HASH,
    POSTMAN,
    answer,
    at_deadline,
    person,
    policy,
    question,
    rung,
)

LADDER = (rung("lead", 20 * MINUTE, "lea"), rung("chief", HOUR, "ada", "zoe"))
STAGES = (
    Stage(name="peers", candidates=Candidates(people=("ann", "ben", "cat")), quorum=2),
    Stage(name="chief", candidates=Candidates(roles=("lead", "admin")), quorum=1),
)
POLICIES = (
    policy(),
    policy(max_revisions=2, claim_seconds=10 * MINUTE, receipt_seconds=DAY, ladder=LADDER),
    policy(quorum=2, max_revisions=1, remind_before_seconds=(30 * MINUTE, 5 * MINUTE)),
    policy(quorum=2, changes_veto=False, reject_veto=False, max_revisions=1),
    policy(stages=STAGES, max_revisions=1, claim_seconds=HOUR),
    policy(
        ladder=LADDER,
        remind_before_seconds=(20 * MINUTE, MINUTE),
        deadline=at_deadline(DeadlineAction.ESCALATE),
        excluded=("ben",),
    ),
    policy(
        candidates=Candidates(people=("ann", "bot-owner"), teams=("ops",)),
        deadline=at_deadline(DeadlineAction.APPROVE),
        max_revisions=1,
        ladder=LADDER[1:],
    ),
)
REVIEWERS = (
    ANN,
    BEN,
    CAT,
    LEA,
    ADA,
    person("bot", "reviewer"),
    person("cat", "reviewer", on_behalf_of="ann"),
    person("dan", on_behalf_of="ben"),
    person("mia", teams=("ops",)),
    person("zoe"),
)
SPANS = (0, 1, 59, MINUTE, 2 * MINUTE, 9 * MINUTE, 20 * MINUTE, HOUR)
SIMPLE = tuple(
    body for kind, body in BODIES.items() if kind.__name__ not in ("Open", "Respond", "Assign")
)
TRIGGERS: dict[StepKind, Any] = {
    StepKind.EXPIRE: Expire,
    StepKind.REMIND: Remind,
    StepKind.ESCALATE: Escalate,
    StepKind.RELEASE: Release,
}
MOST_AT_ONCE = 16
DATA = '{"limit":1}'


def lively(machine: "ARequest") -> bool:
    """Mostly open: after the end little can happen, so it is tried less often."""
    return not machine.tally.ends or len(machine.story.entries) % 4 == 0


class ARequest(RuleBasedStateMachine):
    """One request, to which everything happens in any order."""

    @initialize(
        rules=st.sampled_from(POLICIES),
        callback=st.booleans(),
        timeout=st.sampled_from((DAY, HOUR, DAY, None)),
        needs_data=st.booleans(),
    )
    def open(self, rules: Policy, callback: bool, timeout: int | None, needs_data: bool) -> None:
        self.story = Story()
        self.tally = Tally(rules, "bot")
        self.question = question(
            rules=rules,
            callback=CALLBACK if callback else None,
            timeout_seconds=timeout,
            needs_data=needs_data,
        )
        self.do(BOT, self.question)

    def do(self, actor: Actor, body: CommandBody) -> None:
        before = self.story.request
        self.story.when(actor, body)
        refused = self.story.last.refusal is not None
        assert all(applied.by_policy for applied in self.story.news) or not refused
        for applied in self.story.news:
            self.step(before, applied)
            before = applied.request
        self.repeat = (actor, body)

    def step(self, before: Request | None, applied: Any) -> None:
        self.tally.check(applied)
        self.tally.take(applied)
        self.tally.agrees(applied)
        after = applied.request.state
        assert after.version == (0 if before is None else before.state.version) + 1
        if before is not None and before.state.state is not after.state:
            assert after.state in EDGES[before.state.state]

    @rule(seconds=st.sampled_from(SPANS))
    def time_passes(self, seconds: int) -> None:
        self.story.now += timedelta(seconds=seconds)

    @rule(seconds=st.sampled_from((1, 61, 10 * MINUTE)))
    def the_brokers_clock_steps_back(self, seconds: int) -> None:
        self.story.now -= timedelta(seconds=seconds)

    @precondition(lively)
    @rule(
        actor=st.sampled_from((ANN, BEN, LEA, CAT)),
        decision=st.sampled_from(("request_changes", "approve", "approve", "reject", "retry")),
        bound=st.booleans(),
        bare=st.booleans(),
    )
    def a_reviewer_answers(self, actor: Actor, decision: str, bound: bool, bare: bool) -> None:
        state = self.story.state
        seen = {"revision": state.revision, "content_hash": state.content_hash} if bound else {}
        self.do(actor, answer(decision, data=None if bare else DATA, **seen))

    @precondition(lively)
    @rule(
        people=st.lists(st.sampled_from((ANN, BEN, CAT, LEA)), min_size=2, max_size=3, unique=True),
        decision=st.sampled_from(("approve", "request_changes", "reject")),
        revise=st.booleans(),
    )
    def several_agree(self, people: list[Actor], decision: str, revise: bool) -> None:
        for actor in people:
            self.do(actor, answer(decision, data=DATA))
        if revise and self.story.state.state is State.REVISING:
            self.the_asker_revises(content=OTHER_HASH, needs_data=self.tally.needs_data)

    @precondition(lively)
    @rule(actor=st.sampled_from(REVIEWERS), before=st.booleans())
    def someone_answers(self, actor: Actor, before: bool) -> None:
        version = self.story.state.version
        revision = self.story.state.revision - before
        self.do(actor, answer("approve", revision=revision))
        if before:
            assert self.story.last.refusal is not None
            assert len(self.story.news) == self.story.state.version - version

    @precondition(lively)
    @rule(
        actor=st.one_of(st.sampled_from(REVIEWERS), st.sampled_from(list(EVERYONE.values()))),
        body=st.sampled_from(SIMPLE),
    )
    def anyone_does_something(self, actor: Actor, body: CommandBody) -> None:
        self.do(actor, body)

    @precondition(lively)
    @rule(
        actor=st.sampled_from((ANN, BEN, CAT, LEA)),
        body=st.sampled_from((Claim(), Start(), Release(), Claim(), Start(), Escalate())),
    )
    def someone_works(self, actor: Actor, body: CommandBody) -> None:
        self.do(actor, body)

    @precondition(lively)
    @rule(actor=st.sampled_from((LEA, NOTIFIER, ANN)), to=st.sampled_from(("ann", "ben", "zoe")))
    def someone_assigns(self, actor: Actor, to: str) -> None:
        self.do(actor, Assign(assignee=Assignee(person=to)))

    @precondition(lively)
    @rule(seconds=st.sampled_from((3 * DAY, HOUR, 20 * MINUTE)))
    def the_deadline_is_moved(self, seconds: int) -> None:
        self.do(BOT, Extend(seconds=seconds))

    @precondition(lambda self: self.story.state.state is State.REVISING)
    @rule(content=st.sampled_from((HASH, OTHER_HASH)), needs_data=st.booleans())
    def the_asker_revises(self, content: str, needs_data: bool) -> None:
        revised = Revise(title="?", context="{}", content_hash=content, needs_data=needs_data)
        self.do(BOT, revised)

    @precondition(lambda self: self.tally.ends)
    @rule(content=st.sampled_from((HASH, HASH, OTHER_HASH)))
    def the_approval_is_spent(self, content: str) -> None:
        self.do(BOT, Redeem(content_hash=content, spender="deploy"))

    @rule(notice=st.sampled_from(("n1", "n2", "n3")), sent=st.integers(0, 1))
    def people_are_told(self, notice: str, sent: int) -> None:
        self.do(NOTIFIER, RecordNotification(notice_id=notice, sent=sent, failed=1 - sent))

    @precondition(lambda self: self.story.state.callback_id is not None)
    @rule(delivered=st.booleans(), which=st.integers(0, 3))
    def a_callback_ends(self, delivered: bool, which: int) -> None:
        ids = [applied.request.state.callback_id for applied in self.story.history]
        issued = sorted({one for one in ids if one is not None})
        one = issued[which % len(issued)]
        body = RecordCallback(delivery_id=one, delivered=delivered, status_code=200, attempts=1)
        self.do(POSTMAN, body)

    @precondition(lambda self: self.awaited is not None)
    @rule(early=st.booleans(), patient=st.booleans())
    def the_clock_knocks(self, early: bool, patient: bool) -> None:
        step = self.awaited
        assert step is not None
        if patient and step.kind is StepKind.EXPIRE:
            return
        self.story.now = max(self.story.now, step.at - timedelta(seconds=1 if early else 0))
        self.do(CLOCK, TRIGGERS[step.kind](generation=step.generation))
        if not early:
            assert self.story.events, "a step that is due is taken"
            self.do(CLOCK, TRIGGERS[step.kind](generation=step.generation))
            assert not self.story.last.refusal or step.kind is StepKind.EXPIRE

    @rule()
    def the_same_question_comes_again(self) -> None:
        self.do(BOT, self.question)
        assert self.story.last.refusal is None
        assert all(applied.by_policy for applied in self.story.news)

    @rule()
    def a_report_comes_twice(self) -> None:
        actor, body = self.repeat
        if isinstance(body, RecordCallback | RecordNotification) and not self.story.last.refusal:
            self.do(actor, body)
            assert self.story.last.refusal is None
            assert all(applied.by_policy for applied in self.story.news)

    @property
    def awaited(self) -> NextStep | None:
        assert self.story.request is not None
        return next_step(self.story.request)

    @invariant()
    def what_was_due_was_done(self) -> None:
        """Unless more was due at once than one entry takes."""
        if self.story.entries and len(self.story.events) < MOST_AT_ONCE:
            received_at = self.story.entries[-1][0].received_at
            assert self.awaited is None or self.awaited.at > received_at

    @invariant()
    def entries_never_go_back_in_time(self) -> None:
        stamps = [entry.at for entry, _ in self.story.entries]
        assert stamps == sorted(stamps)

    def teardown(self) -> None:
        self.quiesce()
        self.refold()

    def quiesce(self) -> None:
        """In the end everything with a deadline is closed, once."""
        for _ in range(8):
            if self.awaited is None:
                break
            self.story.now = max(self.story.now, self.awaited.at)
            self.do(CLOCK, Expire(generation=self.story.state.deadline_generation))
        self.story.now += timedelta(days=4000)
        self.do(CLOCK, Expire(generation=self.story.state.deadline_generation))
        assert self.awaited is None
        assert is_open(self.story.state) == (not self.tally.ends)
        assert self.tally.ends or self.story.state.deadline is None

    def refold(self) -> None:
        """The entries alone give the same request."""
        request: Request | None = None
        for entry, entry_hash in self.story.entries:
            request = fold_entry(request, entry, entry_hash).request
        assert request == self.story.request


ARequest.TestCase.settings = settings(
    max_examples=350, stateful_step_count=30, derandomize=True, deadline=None, database=None
)
TestARequest = ARequest.TestCase
