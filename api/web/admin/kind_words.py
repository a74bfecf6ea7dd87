"""What a kind's rules mean, in sentences: who may answer, by when, and what happens on the way."""

from collections.abc import Iterator
from datetime import timedelta

from api.web.time_words import span
from event_schemas.types import Candidates, DeadlineAction, LadderStep
from task_kinds.kind import Kind, Terms

_ends = {
    DeadlineAction.FAIL: "it closes without an answer",
    DeadlineAction.REJECT: "it is rejected",
    DeadlineAction.APPROVE: "it is approved",
    DeadlineAction.ANSWER: "it gets its default answer",
    DeadlineAction.ESCALATE: "it climbs the ladder, whose last rung closes it",
}


def who(candidates: Candidates) -> str:
    """The people that are meant: "role lead, team payments"."""
    parts = [("role", candidates.roles), ("team", candidates.teams), ("person", candidates.people)]
    return ", ".join(f"{word} {name}" for word, names in parts for name in names)


def answering(kind: Kind) -> list[str]:
    """Who may answer, and how many must."""
    said = [f"{(who(kind.candidates) or 'every reviewer').capitalize()} may answer."]
    if kind.asker_may_choose:
        said.append("The asker may name others instead.")
    if not kind.self_approval:
        said.append("Nobody answers what they asked themselves.")
    if kind.quorum > 1:
        said.append(f"{kind.quorum} of them must agree.")
    for number, stage in enumerate(kind.stages, start=1):
        said.append(f"Stage {number}, {stage.name}: {stage.quorum} of {who(stage.candidates)}.")
    if kind.step_up:
        said.append("Only on a signed-in page, never by a link in a message.")
    if kind.assign is not None:
        said.append(f"It is given to one of them by {kind.assign.by.replace('_', ' ')}.")
    if kind.claim_seconds:
        said.append(f"Who takes it has it for {_span(kind.claim_seconds)}.")
    if kind.max_revisions:
        said.append(f"Changes can be asked for {kind.max_revisions} times.")
    return said


def course(kind: Kind, terms: Terms) -> list[str]:
    """What happens while nobody answers, in order."""
    steps = sorted(_steps(kind, terms), key=lambda step: step[0])
    counted = f", by the calendar {terms.business}" if terms.business else ""
    told = [f"{'At once' if not at else f'After {_span(at)}'}: {what}" for at, what in steps]
    return [f"{line}{counted if line.startswith('After') else ''}." for line in told]


def _steps(kind: Kind, terms: Terms) -> Iterator[tuple[int, str]]:
    channels = ", ".join(kind.channels) or "as each person prefers"
    yield 0, f"those who may answer are told ({channels})"
    after = 0
    for rung in terms.ladder:
        after += rung.after_seconds
        yield after, f"{rung.name} is told: {_whom(rung)}"
    if terms.timeout_seconds is None:
        return
    for before in terms.remind_before_seconds:
        yield terms.timeout_seconds - before, "a reminder"
    yield terms.timeout_seconds, _ends[kind.deadline.action]


def _whom(rung: LadderStep) -> str:
    return who(rung.candidates) + (
        f", whoever of {rung.on_call} is on call" if rung.on_call else ""
    )


def _span(seconds: int) -> str:
    return span(timedelta(seconds=seconds))
