"""The unprivileged account that runs the database where the stack is started by root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.trouble import Trouble

OWN_NAME = "handraise"
# Where no account can be made. `nobody` is last: other programs run as it too.
OTHER_NAMES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int


def database_account() -> Account | None:
    """Who shall run the database: None for the user who asks, an account when that is root.

    PostgreSQL refuses to run as root. It gets the system account `handraise`, made where there is
    none; where none can be made, another. Raises Trouble where there is no such account either.
    """
    if os.geteuid() != 0:
        return None
    account = _existing(OWN_NAME) or _made()
    for name in OTHER_NAMES:
        account = account or _existing(name)
    if not account or account.uid == 0:
        raise Trouble(
            "PostgreSQL does not run as root, and no unprivileged account was found.",
            "Start the stack as a normal user, or add one with `useradd --system handraise`.",
        )
    return account


def can_enter(directory: Path, account: Account) -> bool:
    """Whether `account` may pass through `directory` and all above it, by their mode bits."""
    return all(
        _passable(place.stat(), account)
        for place in (directory, *directory.parents)
        if place.exists()
    )


def _passable(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == account.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def give(path: Path, account: Account | None) -> None:
    """Make `path` the account's own; nothing to do where the asking user runs the database."""
    if account:
        os.chown(path, account.uid, account.gid)


def _existing(name: str) -> Account | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _made() -> Account | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if not useradd:
        return None
    subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--shell=/bin/false", OWN_NAME],
        check=False,
        capture_output=True,
    )
    return _existing(OWN_NAME)
