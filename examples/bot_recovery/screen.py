"""What the person at the terminal sees of the recovery."""

from collections.abc import Iterable, Sequence

from rich.markup import escape
from rich.table import Table

from examples.bot_recovery.report import Learnt, Success
from examples.bot_recovery.review_queue import Result
from examples.bot_recovery.reviews import QueueRow
from examples.bot_recovery.warmup import Account, Phase
from examples.common.screen import Screen

_COLOURS = {
    "completed": "green",
    "skipped": "yellow",
    "review_required": "bold yellow",
    "retired": "red",
    "urgent": "bold red",
    "high": "yellow",
}


class RecoveryScreen(Screen):
    """A screen that can show accounts, the queue and the report."""

    def accounts(self, found: Iterable[tuple[Account, Sequence[Phase]]]) -> None:
        """Where accounts and their phases stand."""
        table = _table("account", "status", "phases")
        for account, phases in found:
            stands = ", ".join(f"{_said(one.name)} {_coloured(one.status)}" for one in phases)
            table.add_row(escape(account.username), _coloured(account.status), stands)
        self.show(table)

    def queue(self, rows: Sequence[QueueRow]) -> None:
        """Who waits for a person, in the order of the queue."""
        table = _table("priority", "account", "phase", "failure", "reason", "last bot action")
        for row in rows:
            one = row.failure
            table.add_row(
                _coloured(one.priority),
                escape(one.username),
                _said(one.phase),
                _said(one.type),
                escape(one.reason),
                escape(row.last_action),
            )
        self.show(table)

    def results(self, results: Sequence[Result]) -> None:
        """What became of answers that were given together."""
        for one in results:
            self.say(f"{one.username}: {one.said}")

    def successes(self, found: Sequence[Success]) -> None:
        """How each solution did against each type of failure."""
        table = _table("failure", "solution", "held", "failed again", "open", "success")
        for one in found:
            share = "not known yet" if one.share is None else f"{one.share:.0%}"
            counts = (str(one.held), str(one.failed_again), str(one.pending))
            table.add_row(_said(one.failure_type), _said(one.solution), *counts, share)
        self.show(table)

    def learnt(self, found: Sequence[Learnt]) -> None:
        """How often a bot tries again by itself, and why."""
        for one in found:
            self.say(f"{one.failure_type}: {one.limit.retries} ({one.limit.why})")


def _table(*headings: str) -> Table:
    table = Table(expand=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _said(word: str) -> str:
    return escape(word.replace("_", " "))


def _coloured(word: str) -> str:
    colour = _COLOURS.get(word)
    return f"[{colour}]{_said(word)}[/]" if colour else _said(word)
