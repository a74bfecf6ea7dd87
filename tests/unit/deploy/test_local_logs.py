"""Logs: their ends and the errors in them."""

import json
from pathlib import Path

import pytest

from deploy.local.logs import LastError, error_in, last_error, tail


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            json.dumps({"level": "error", "event": "no broker", "error": "refused"}),
            "no broker: refused",
        ),
        (json.dumps({"level": "info", "event": "started"}), ""),
        ("{not json ERROR", ""),
        ("2026-11-21T10:00:00.000Z ERROR Exiting Kafka (Kafka$)", "Exiting Kafka (Kafka$)"),
        ("2026-11-21 10:00:00.1 UTC [7] FATAL:  out of memory", "out of memory"),
        ("ModuleNotFoundError: No module named 'x'", "ModuleNotFoundError: No module named 'x'"),
        ("kernel.errors.Misconfigured: no", ""),
        ("2026-11-21T10:00:00.000Z INFO the ERRORS were none", ""),
    ],
)
def test_an_error_is_known_by_its_level_or_its_look(line: str, said: str) -> None:
    assert error_in(line) == said


def test_the_last_error_wins_over_what_follows_it(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("x ERROR first\nx ERROR second\nx INFO fine\n")
    assert last_error(log) == "second"


def test_a_log_that_is_not_there_tells_nothing(tmp_path: Path) -> None:
    assert last_error(tmp_path / "none.log") == ""


def test_the_tail_of_a_long_log_begins_with_a_whole_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"line {number}\n" for number in range(1000)))
    lines = tail(log, most_bytes=100)
    assert lines[-1] == "line 999"
    assert all(line.startswith("line ") for line in lines)


def test_a_growing_log_is_read_on_from_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("x ERROR of an earlier run\n")
    errors = LastError(log)
    assert errors.look() == ""
    with log.open("a") as file:
        file.write("x ERROR now\nx ERR")
    assert errors.look() == "now"
    with log.open("a") as file:
        file.write("OR split in two\n")
    assert errors.look() == "split in two"


def test_a_log_that_rolls_is_read_from_its_new_beginning(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a long line of the old file\n")
    errors = LastError(log)
    log.write_text("x ERROR new\n")
    assert errors.look() == "new"
