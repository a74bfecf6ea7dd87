"""Deployments: atomic, checked, rolled back, once each, and healed after a crash at any step."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.code_review.environments import (
    OutOfReach,
    Release,
    deploy,
    journal_of,
    live_release,
)
from examples.code_review.journal import Mark
from examples.code_review.smoke import smoke_check
from examples.common.trouble import Trouble
from tests.unit.examples.test_changes import git, repository


class Crash(BaseException):
    """A process that is killed."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", {"app.py": "1\n"}, {"app.py": "2\n"})


@pytest.fixture
def live(tmp_path: Path) -> Path:
    environment = tmp_path / "production"
    environment.mkdir()
    return environment


def release(shop: Path, name: str, commit: str = "HEAD") -> Release:
    return Release(deployment=name, repository=shop, commit=commit)


def well(folder: Path) -> str | None:
    return None


def app(environment: Path) -> str:
    return (environment / "live" / "app.py").read_text()


def marks(environment: Path) -> list[Mark]:
    return [entry.mark for entry in journal_of(environment).entries]


def test_the_commit_that_was_approved_is_live(shop: Path, live: Path) -> None:
    assert live_release(live) is None
    ended = deploy(live, release(shop, "wf-1", "HEAD~1"), well)
    assert ended.mark is Mark.LIVE
    assert app(live) == "1\n"
    deploy(live, release(shop, "wf-2"), well)
    assert app(live) == "2\n"
    assert journal_of(live).went_live() == ["wf-1", "wf-2"]


def test_links_of_a_commit_lead_nowhere_and_its_programs_can_be_run(
    tmp_path: Path, live: Path
) -> None:
    odd = repository(tmp_path / "odd", {"app.py": "1\n", "run": "#!/bin/sh\n"})
    (odd / "out").symlink_to("/etc/hostname")
    (odd / "run").chmod(0o755)
    git(odd, "add", "--all")
    git(odd, "commit", "--quiet", "--message", "a link out of here")
    deploy(live, release(odd, "wf-1"), well)
    released = live / "live"
    assert not (released / "out").is_symlink()
    assert (released / "out").read_text() == "/etc/hostname"
    assert os.access(released / "run", os.X_OK)
    assert not os.access(released / "app.py", os.X_OK)


def test_what_is_not_well_is_rolled_back_to_what_was_live(shop: Path, live: Path) -> None:
    deploy(live, release(shop, "wf-1", "HEAD~1"), well)
    seen: list[str] = []

    def unwell(folder: Path) -> str:
        seen.append(app(live))
        return "it does not start"

    ended = deploy(live, release(shop, "wf-2"), unwell)
    assert (ended.mark, ended.reason) == (Mark.ROLLED_BACK, "it does not start")
    assert seen == ["2\n"]
    assert app(live) == "1\n"


def test_the_first_release_that_is_not_well_leaves_nothing_live(shop: Path, live: Path) -> None:
    deploy(live, release(shop, "wf-1"), lambda folder: "no")
    assert live_release(live) is None


@pytest.mark.parametrize("reason", [None, "no"])
def test_a_deployment_that_has_ended_is_not_done_again(
    shop: Path, live: Path, reason: str | None
) -> None:
    checked: list[Path] = []

    def check(folder: Path) -> str | None:
        checked.append(folder)
        return reason

    first = deploy(live, release(shop, "wf-1"), check)
    deploy(live, release(shop, "wf-2", "HEAD~1"), well)
    assert deploy(live, release(shop, "wf-1"), check) == first
    assert len(checked) == 1
    assert app(live) == "1\n"


def test_a_crash_in_the_middle_is_healed_by_whoever_comes_next(shop: Path, live: Path) -> None:
    deploy(live, release(shop, "wf-1", "HEAD~1"), well)

    def killed(folder: Path) -> str | None:
        raise Crash

    with pytest.raises(Crash):
        deploy(live, release(shop, "wf-2"), killed)
    assert app(live) == "2\n"
    seen: list[str] = []

    def look(folder: Path) -> str | None:
        seen.append(journal_of(live).entries[-2].mark)
        return None

    deploy(live, release(shop, "wf-3", "HEAD~1"), look)
    assert seen == [Mark.INTERRUPTED]
    assert journal_of(live).entries[-1].previous == release(shop, "wf-1", "HEAD~1").folder
    deploy(live, release(shop, "wf-2"), well)
    assert journal_of(live).went_live() == ["wf-1", "wf-3", "wf-2"]
    assert app(live) == "2\n"


def test_a_cut_line_of_the_journal_does_not_spoil_the_next(shop: Path, live: Path) -> None:
    (live / "journal.jsonl").write_text('{"deployment": "wf-0", "comm')
    deploy(live, release(shop, "wf-1"), well)
    assert marks(live) == [Mark.BEGAN, Mark.LIVE]


def test_an_environment_that_is_not_there_is_out_of_reach_for_now(
    shop: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutOfReach, match="staging does not answer"):
        deploy(tmp_path / "staging", release(shop, "wf-1"), well)


def test_a_commit_that_is_not_there_is_for_a_person_to_put_right(shop: Path, live: Path) -> None:
    with pytest.raises(Trouble) as refused:
        deploy(live, release(shop, "wf-1", "0" * 40), well)
    assert not refused.value.retriable
    assert marks(live) == []


def test_many_at_once_take_turns_and_each_goes_live_once(shop: Path, live: Path) -> None:
    (shop / "smoke_check.py").write_text("pass")
    busy = threading.Lock()
    overlaps: list[str] = []

    def check(folder: Path) -> str | None:
        if not busy.acquire(blocking=False):
            overlaps.append(folder.name)
            return None
        try:
            return smoke_check(folder)
        finally:
            busy.release()

    names = [f"wf-{number}" for number in range(6)] * 2
    threads = [
        threading.Thread(target=deploy, args=(live, release(shop, name), check)) for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == []
    assert sorted(journal_of(live).went_live()) == sorted(set(names))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    def with_check(script: str) -> Path:
        (tmp_path / "smoke_check.py").write_text(script)
        return tmp_path

    return with_check


def test_a_release_without_a_check_has_nothing_to_say(tmp_path: Path) -> None:
    assert smoke_check(tmp_path) is None


def test_a_check_that_passes(folder: Callable[[str], Path]) -> None:
    assert smoke_check(folder("import pathlib; assert pathlib.Path('smoke_check.py')")) is None


def test_a_check_that_fails_says_why(folder: Callable[[str], Path]) -> None:
    assert smoke_check(folder("raise ValueError('no ledger')")) == "ValueError: no ledger"
    assert smoke_check(folder("raise SystemExit(3)")) == "its smoke check ended with 3"


def test_a_check_knows_nothing_of_our_environment(
    folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDRAISE_API_KEY", "secret")
    assert smoke_check(folder("import os; assert 'HANDRAISE_API_KEY' not in os.environ")) is None
