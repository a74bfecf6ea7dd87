"""What the person at the terminal sees of a code review."""

from collections.abc import Sequence

from handraise import Event
from handraise.models import Request
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table

from examples.code_review.findings import Finding, Severity
from examples.common.screen import Screen, first_lines

_COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
_DIFF_LINES = 24


class ReviewScreen(Screen):
    """A screen that can show what a reviewer is asked."""

    def event(self, event: Event) -> None:
        """An event that came by the bus."""
        about = ", ".join(
            f"{name}={value}"
            for name, value in event.data.items()
            if name in ("approved_by", "rejected_by", "comment", "risk", "decision", "subject")
            and value is not None
        )
        self.told(event.event_type, about)

    def question(self, request: Request, findings: Sequence[Finding]) -> None:
        """What the reviewer is asked, with the risks and the beginning of the diff."""
        context = request.context or {}
        table = Table(title="Risks", title_justify="left", expand=False)
        for heading in ("severity", "where", "rule", "what"):
            table.add_column(heading, overflow="fold")
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
