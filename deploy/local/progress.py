"""Telling a person how far a long step is: a moving line on a terminal, else plain lines."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.status import Status


class Progress(Protocol):
    """Where a long step says how far it is."""

    def __call__(self, text: str) -> None:
        """Say where the step is now; a few words."""
        ...


def silent(text: str) -> None:
    """A progress that nobody reads."""


@contextmanager
def shown(console: Console, title: str) -> Generator[Progress]:
    """Show `title` and what the step says of itself, until the block ends.

    Where the output is no terminal the title is one plain line and the rest is left out.
    """
    if not console.is_terminal:
        console.print(title, markup=False)
        yield silent
        return
    with Status(title, console=console) as status:
        yield lambda text: status.update(f"{title} [dim]{text}[/dim]")
    console.print(f"[green]✓[/green] {title}")
