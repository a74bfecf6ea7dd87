"""What the person at the terminal sees of an example, step by step."""

import time
from collections.abc import Sequence

from handraise.models import HistoryEntry
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.panel import Panel

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

    def show(self, what: RenderableType) -> None:
        """A table, a panel or the like."""
        self._console.print(what)

    def told(self, event_type: str, about: str) -> None:
        """An event that came by the bus."""
        self._console.print(
            f"   [green]event[/green] [bold]{event_type}[/bold]  [dim]{escape(about)}[/dim]",
            soft_wrap=True,
        )

    def mail(self, subject: str, to: str, text: str) -> None:
        """An e-mail that somebody got."""
        shown = first_lines(text.strip(), _MAIL_LINES)
        self.show(Panel(escape(shown), title=escape(f"e-mail to {to}: {subject}")))

    def history(self, entries: Sequence[HistoryEntry]) -> None:
        """What happened to a request, from the log."""
        for entry in entries:
            clock = entry.at.strftime("%H:%M:%S.%f")[:-3]
            self._console.print(f"   [dim]{clock}[/dim]  {escape(entry.event)}")

    def end(self, text: str) -> None:
        """The last word."""
        passed = time.monotonic() - self._began
        self._console.print(f"\n[bold green]{escape(text)}[/bold green]  [dim]{passed:.1f} s[/dim]")


def first_lines(text: str, count: int) -> str:
    """The text, cut off after so many lines with a word about the rest."""
    lines = text.splitlines()
    if len(lines) <= count:
        return text
    return "\n".join([*lines[:count], f"… {len(lines) - count} more lines"])
