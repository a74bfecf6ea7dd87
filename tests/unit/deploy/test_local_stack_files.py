"""The run directory: where it is, who holds it, what it tells, what a reset takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import lock, snapshot
from deploy.local.layout import REPOSITORY, layout, shown
from deploy.local.screen import duration
from deploy.local.snapshot import Phase, Row, Snapshot
from deploy.local.trouble import Trouble
from deploy.local.welcome import Welcome, lines


def test_two_stacks_share_nothing_but_the_package_cache(tmp_path: Path) -> None:
    here, there = layout({}), layout({"HANDRAISE_RUN_DIR": str(tmp_path)})
    assert here.cache == there.cache
    assert here.root == REPOSITORY / ".run"
    assert {there.kafka.parent, there.postgres.parent, there.lock.parent} == {tmp_path}


def test_paths_are_shown_as_one_types_them_in_the_repository() -> None:
    assert shown(REPOSITORY / ".run" / "logs") == ".run/logs"
    assert shown(Path("/elsewhere")) == "/elsewhere"


def test_a_reset_takes_data_logs_and_secrets_and_nothing_else(tmp_path: Path) -> None:
    place = layout({"HANDRAISE_RUN_DIR": str(tmp_path)})
    place.make()
    for directory in (place.kafka, place.postgres, place.mail, tmp_path / "mine"):
        directory.mkdir()
    for file in (place.secret_env, place.dev_env, place.state):
        file.touch()
    place.wipe()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


HOLD = """
import sys
from pathlib import Path
from deploy.local import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_stack_in_the_same_directory_is_told_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == b"held\n"
        assert lock.holder_of(file) == first.pid
        with pytest.raises(Trouble, match=f"process {first.pid}"), lock.held(file):
            pytest.fail("two hold one directory")
        first.communicate()
    assert lock.holder_of(file) is None
    with lock.held(file):
        pass


def test_a_snapshot_is_read_as_it_was_written(tmp_path: Path) -> None:
    row = Row(
        name="api", state="ready", pid=7, up_seconds=1.5, restarts=0, last_error="", log="api.log"
    )
    told = Snapshot(pid=1, phase=Phase.HEALTHY, address="http://x", note="", rows=(row,))
    snapshot.write(tmp_path / "state.json", told)
    assert snapshot.read(tmp_path / "state.json") == told
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_without_a_stack_there_is_no_snapshot(tmp_path: Path) -> None:
    assert snapshot.read(tmp_path / "state.json") is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.9, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (349_300, "4 d 1 h")],
)
def test_time_spans_are_said_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_welcome_gives_address_key_and_every_sign_in() -> None:
    welcome = Welcome(
        address="http://127.0.0.1:7400",
        variables={
            "HANDRAISE_API_KEY": "hr_1_2",
            "HANDRAISE_REVIEWER_EMAIL": "reviewer@demo.test",
            "HANDRAISE_REVIEWER_PASSWORD": "first",
            "HANDRAISE_ADMIN_EMAIL": "admin@demo.test",
            "HANDRAISE_ADMIN_PASSWORD": "second",
        },
        mail="http://127.0.0.1:7405/messages",
        dev_env=".run/dev.env",
    )
    told = lines(welcome)
    assert ("open", "http://127.0.0.1:7400") in told
    assert ("API key", "hr_1_2") in told
    assert [words for label, words in told if label == "sign in"] == [
        "reviewer@demo.test  password  first",
        "admin@demo.test  password  second",
    ]
