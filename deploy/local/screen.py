"""How a stack looks in the terminal."""

from rich.table import Table
from rich.text import Text

from deploy.local.keeper import State
from deploy.local.snapshot import Phase, Row, Snapshot

_COLOURS = {
    State.STARTING: "yellow",
    State.READY: "green",
    State.UNREADY: "red",
    State.WAITING: "red",
    State.STOPPED: "dim",
}
_PHASES = {Phase.HEALTHY: "green", Phase.FAILED: "red", Phase.ILL: "red"}


def table(snapshot: Snapshot) -> Table:
    """The stack as a table, one line for each process."""
    title = Text.assemble(
        ("Handraise ", "bold"),
        (snapshot.phase.value, _PHASES.get(snapshot.phase, "yellow")),
        f"  {snapshot.address}",
    )
    drawn = Table(title=title, title_justify="left", caption_justify="left", box=None)
    if snapshot.note:
        drawn.caption = Text(snapshot.note, style="red")
    for heading in ("process", "state", "pid", "up", "restarts", "last error"):
        drawn.add_column(heading, overflow="ellipsis", no_wrap=True)
    for row in snapshot.rows:
        drawn.add_row(*_cells(row))
    return drawn


def _cells(row: Row) -> list[Text]:
    restarts = Text(str(row.restarts), style="yellow" if row.restarts else "dim")
    return [
        Text(row.name),
        Text(row.state, style=_COLOURS[State(row.state)]),
        Text(str(row.pid or "")),
        Text(duration(row.up_seconds) if row.up_seconds is not None else ""),
        restarts,
        Text(row.last_error, style="red"),
    ]


def duration(seconds: float) -> str:
    """A time span in two units at most: 8 s, 3 min 20 s, 2 h 5 min, 4 d 1 h."""
    whole = int(seconds)
    for unit, name, size, smaller in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // size} {smaller}"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
