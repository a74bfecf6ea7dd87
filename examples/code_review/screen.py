"""What the person at the terminal sees of code reviews, workflows and deployments."""

from collections.abc import Mapping, Sequence

from handraise import Event
from handraise.models import Request
from handraise.replay import Story
from handraise.statuses import Status
from handraise.work import Tries
from handraise.workflows import WorkflowState
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table

from examples.code_review.findings import Finding, Severity
from examples.code_review.journal import Journal
from examples.common.screen import Screen, first_lines

_COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
_DIFF_LINES = 24
_TOLD = (
    "approved_by",
    "rejected_by",
    "decision",
    "comment",
    "environment",
    "reason",
    "risk",
    "subject",
)


class ReviewScreen(Screen):
    """A screen that can show what a reviewer is asked, and what becomes of workflows."""

    def event(self, event: Event) -> None:
        """An event that came by the bus."""
        self.told(event.event_type, f"{event.workflow_id}: {_about(event.data)}")

    def question(self, request: Request, findings: Sequence[Finding]) -> None:
        """What the reviewer is asked, with the risks and the beginning of the diff."""
        context = request.context or {}
        table = _table("Risks", "severity", "where", "rule", "what")
        for one in findings:
            colour = _COLOURS[one.severity]
            table.add_row(
                f"[{colour}]{one.severity}[/]", escape(one.place), one.rule, escape(one.message)
            )
        self.show(Panel(escape(request.description or ""), title=escape(str(request.title))))
        self.show(table)
        self.say(f"Affected: {', '.join(context.get('affected_systems', ()))}")
        diff = first_lines(str(context.get("code_diff", "")), _DIFF_LINES)
        self.show(Syntax(diff, "diff", background_color="default", word_wrap=True))

    def counts(self, counts: Mapping[Status, int]) -> None:
        """How many workflows stand where."""
        told = ", ".join(f"{counts[one]} {one.value}" for one in Status if counts.get(one))
        self.say(told or "no workflows yet")

    def workflows(self, states: Sequence[WorkflowState]) -> None:
        """Where some workflows stand."""
        table = _table("Workflows", "workflow", "status", "why")
        for one in states:
            table.add_row(escape(one.workflow_id), one.status.value, escape(one.failure or ""))
        self.show(table)

    def troubled(self, tries: Sequence[Tries]) -> None:
        """The workflows that are tried again, and the dead letters."""
        table = _table("In trouble", "workflow", "tries", "what becomes of it", "why")
        for one in tries:
            again = f"tried again at {one.next_try_at:%H:%M:%S}" if one.reason else "tried now"
            becomes = again if one.given_up_at is None else "dead letter"
            table.add_row(escape(one.workflow_id), str(one.count), becomes, escape(one.reason))
        if tries:
            self.show(table)

    def journal(self, journal: Journal) -> None:
        """What was deployed to an environment."""
        for one in journal.entries:
            self.say(f"  {one.at}  {one.mark.value}  {one.deployment}  {one.reason or ''}")

    def story(self, story: Story) -> None:
        """All that happened to a workflow: its own events, and those of its questions."""
        titles = {request.id: request.title or "" for request in story.requests}
        for one in story.moments:
            whose = "" if one.request_id is None else f" [{titles.get(one.request_id, '')}]"
            line = f"{one.at:%H:%M:%S.%f}"[:-3] + f"  {one.event_type}{whose}  {_about(one.data)}"
            self.say(line.rstrip())
        agrees = "as the log tells" if story.agrees else "NOT as the log tells"
        self.say(f"{story.workflow.workflow_id} is {story.workflow.status.value}, {agrees}")


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", expand=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _about(data: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={data[name]}" for name in _TOLD if data.get(name) is not None)
