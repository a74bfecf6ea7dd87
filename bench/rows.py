"""The rows of the table: each measure, its goal, what was reached, and the limit if there is."""

from dataclasses import dataclass
from typing import Any

# So many deadlines at once must be met in time; more may take a while.
STRICT_BURST = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, all of it text for people."""

    measure: str
    goal: str
    reached: str
    limit: str = ""


def rows_of(found: dict[str, Any]) -> list[Row]:
    """The rows of the parts that were measured."""
    makers = {
        "lives": _lives,
        "deciding": _deciding,
        "timers": _timers,
        "views": _views,
        "resuming": _resuming,
    }
    return [row for name, make in makers.items() if name in found for row in make(found[name])]


def _lives(found: dict[str, Any]) -> list[Row]:
    full, steady = found["in_flight"], found["steady"]
    by_process = ", ".join(f"{name} {ms}" for name, ms in full["cpu_ms_by_process"].items())
    return [
        Row("whole life, 64 in flight: CPU", "≤ 5 ms", f"{full['cpu_ms_per_life']} ms", by_process),
        Row("whole life, 64 in flight: rate", "≥ 300/s", f"{full['lives_per_second']}/s"),
        Row("opened, at 20/s", "p50 ≤ 5 ms, p99 ≤ 20 ms", _spread(steady["opened_ms"])),
        Row(
            "answer accepted → callback, at 20/s",
            "p50 ≤ 10 ms, p99 ≤ 30 ms",
            _spread(steady["answered_to_called_ms"]),
        ),
    ]


def _deciding(found: dict[str, Any]) -> list[Row]:
    limit = f"{found['bare_loop_per_second']:,}/s, {found['bare_cpu_ms_per_command']} ms CPU each"
    reached = f"{found['commands_per_second']:,}/s, {found['cpu_ms_per_command']} ms CPU each"
    return [Row("decided, read back and admitted", "≥ 0.6 of the limit", reached, limit)]


def _timers(found: dict[str, Any]) -> list[Row]:
    rows = [
        Row(f"{found['pending']:,} timers: restored", "≤ 30 s", f"{found['restored_seconds']} s"),
        Row(f"{found['pending']:,} timers: memory", "≤ 400 MB", f"{found['resident_mb']} MB"),
        Row("timeout_svc, idle", "", f"{found['idle_cpu_percent']} % of a core"),
    ]
    bursts = {name: burst for name, burst in found.items() if name.startswith("burst_")}
    for name, burst in bursts.items():
        size = int(name.removeprefix("burst_"))
        goal = "p99 ≤ 1 s, none early" if size <= STRICT_BURST else "within seconds, none early"
        rows.append(Row(f"{size:,} deadlines in one second: lateness", goal, _told(burst)))
    return rows


def _views(found: dict[str, Any]) -> list[Row]:
    rebuild, queue = found.get("rebuild", {}), found.get("queue", {})
    rebuilt = [
        Row(
            f"rebuild of {name}",
            "≥ 0.5 of the slower limit",
            f"{one['filled_and_indexed']:,} entries/s, {one['ratio']}",
            f"decoded {rebuild['read_and_decoded']:,}/s, COPY {one['copy_of_finished_rows']:,}/s",
        )
        for name, one in rebuild.items()
        if isinstance(one, dict)
    ]
    read = [
        Row(f"{queue['waiting']:,} waiting: {name}", "page p99 ≤ 20 ms", _told(one))
        for name, one in queue.items()
        if isinstance(one, dict)
    ]
    return rebuilt + read


def _resuming(found: dict[str, Any]) -> list[Row]:
    return [Row(f"kill -9 of {name}", "≤ 12 s", f"{took} s") for name, took in found.items()]


def _spread(ms: dict[str, float]) -> str:
    return f"p50 {ms['p50']} ms, p99 {ms['p99']} ms"


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return str(value)
