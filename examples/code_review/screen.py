"""What the person at the terminal sees, step by step."""

import time
from collections.abc import Sequence

from handraise import Event
from handraise.models import HistoryEntry, Request
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table

from examples.code_review.findings import Finding, Severity

_COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
_DIFF_LINES = 24
_MAIL_LINES = 14


class Screen:
    """Numbered steps with the time since the beginning, and what belongs to each."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._began = time.monotonic()
        self._steps = 0

    def step(self, title: str) -> None:
        """Begin a step."""
        self._steps += 1
        passed = time.monotonic() - self._began
        self._console.print(
            f"\n[bold]{self._steps}. {escape(title)}[/bold]  [dim]{passed:.1f} s[/dim]"
        )

    def say(self, text: str) -> None:
        """A line of the step."""
        self._console.print(f"   {escape(text)}", soft_wrap=True)

    def event(self, event: Event) -> None:
        """An event that came by the bus."""
        about = ", ".join(
            f"{name}={value}"
            for name, value in event.data.items()
            if name in ("approved_by", "rejected_by", "comment", "risk", "decision", "subject")
            and value is not None
        )
        self._console.print(
            f"   [green]event[/green] [bold]{event.event_type}[/bold]  [dim]{escape(about)}[/dim]",
            soft_wrap=True,
        )

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
        self._console.print(
            Panel(escape(request.description or ""), title=escape(str(request.title)))
        )
        self._console.print(table)
        self.say(f"Affected: {', '.join(context.get('affected_systems', ()))}")
        self._diff(str(context.get("code_diff", "")))

    def mail(self, subject: str, to: str, text: str) -> None:
        """The e-mail that the reviewer got."""
        shown = _first_lines(text.strip(), _MAIL_LINES)
        self._console.print(Panel(escape(shown), title=escape(f"e-mail to {to}: {subject}")))

    def history(self, entries: Sequence[HistoryEntry]) -> None:
        """What happened to the request, from the log."""
        for entry in entries:
            clock = entry.at.strftime("%H:%M:%S.%f")[:-3]
            self._console.print(f"   [dim]{clock}[/dim]  {escape(entry.event)}")

    def end(self, text: str) -> None:
        """The last word."""
        passed = time.monotonic() - self._began
        self._console.print(f"\n[bold green]{escape(text)}[/bold green]  [dim]{passed:.1f} s[/dim]")

    def _diff(self, diff: str) -> None:
        shown = _first_lines(diff, _DIFF_LINES)
        self._console.print(Syntax(shown, "diff", background_color="default", word_wrap=True))


def _first_lines(text: str, count: int) -> str:
    lines = text.splitlines()
    if len(lines) <= count:
        return text
    return "\n".join([*lines[:count], f"… {len(lines) - count} more lines"])
