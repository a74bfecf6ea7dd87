"""An environment that releases are deployed to: a folder with one release live.

::

    production/
        releases/<commit>-<deployment>/   what each release consists of
        live -> releases/…                the one that is live, swapped in one step
        journal.jsonl                     what was deployed, and how it ended

Deployments to one environment take turns by a lock on its folder, which passes when a process
dies. Whoever comes next sees in the journal that a deployment was cut off, and puts back what was
live before it. A deployment that has ended is not done again: its ending is told again.
"""

import fcntl
import io
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from examples.code_review import git
from examples.code_review.journal import Entry, Journal, Mark

_LIVE, _RELEASES, _JOURNAL = "live", "releases", "journal.jsonl"

Check = Callable[[Path], str | None]
"""Looks at a release that has just gone live; what is wrong with it, or None."""


class OutOfReach(Exception):
    """The environment does not answer just now; it may later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What to deploy: a commit of a repository, under the name of its deployment."""

    deployment: str
    repository: Path
    commit: str

    @property
    def folder(self) -> str:
        """The name of its folder in an environment."""
        return f"{self.commit[:12]}-{self.deployment}"


def deploy(environment: Path, release: Release, check: Check) -> Entry:
    """Make a release live, check it, and put the one before back if it is not well.

    The entry says how it ended: `LIVE`, or `ROLLED_BACK` with the reason. Raises `OutOfReach`
    where there is no such environment just now, and Trouble for a commit that is not there.
    """
    with _turn(environment):
        _heal(environment)
        known = journal_of(environment).ending_of(release.deployment)
        if known is not None:
            return known
        _unpack(release, environment / _RELEASES)
        previous = live_release(environment)
        _write(environment, release, Mark.BEGAN, previous)
        _switch(environment, release.folder)
        reason = check(environment / _RELEASES / release.folder)
        if reason is None:
            return _write(environment, release, Mark.LIVE, previous)
        _switch(environment, previous)
        return _write(environment, release, Mark.ROLLED_BACK, previous, reason)


def journal_of(environment: Path) -> Journal:
    """What was deployed there."""
    try:
        return Journal.read((environment / _JOURNAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Journal(())


def live_release(environment: Path) -> str | None:
    """The folder of the release that is live, or None."""
    try:
        return (environment / _LIVE).readlink().name
    except FileNotFoundError:
        return None


@contextmanager
def _turn(environment: Path) -> Generator[None]:
    try:
        folder = os.open(environment, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        raise OutOfReach(f"{environment.name} does not answer") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _heal(environment: Path) -> None:
    cut_off = journal_of(environment).interrupted
    if cut_off is None:
        return
    _switch(environment, cut_off.previous)
    healed = Entry(
        deployment=cut_off.deployment,
        commit=cut_off.commit,
        mark=Mark.INTERRUPTED,
        at=_now(),
        previous=cut_off.previous,
    )
    _append(environment, healed)


def _unpack(release: Release, releases: Path) -> None:
    target, staging = releases / release.folder, releases / f".{release.folder}"
    if target.exists():
        return
    packed = git.output(release.repository, "archive", "--format=zip", release.commit)
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    # From a zip nothing lands outside: zipfile mends paths, and writes links as plain files.
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for member in archive.infolist():
            unpacked = Path(archive.extract(member, staging))
            if unpacked.is_file() and member.external_attr >> 16 & stat.S_IXUSR:
                unpacked.chmod(0o755)
    staging.rename(target)


def _switch(environment: Path, folder: str | None) -> None:
    """Put another release live, in one step; None for no release at all."""
    live, swap = environment / _LIVE, environment / f".{_LIVE}"
    if folder is None:
        live.unlink(missing_ok=True)
        return
    swap.unlink(missing_ok=True)
    swap.symlink_to(Path(_RELEASES) / folder)
    swap.replace(live)


def _write(
    environment: Path,
    release: Release,
    mark: Mark,
    previous: str | None,
    reason: str | None = None,
) -> Entry:
    entry = Entry(
        deployment=release.deployment,
        commit=release.commit,
        mark=mark,
        at=_now(),
        previous=previous,
        reason=reason,
    )
    _append(environment, entry)
    return entry


def _append(environment: Path, entry: Entry) -> None:
    with (environment / _JOURNAL).open("a+b") as file:
        file.seek(0, os.SEEK_END)
        if file.tell() and not _ends_a_line(file):
            file.write(b"\n")
        file.write(entry.to_line().encode())
        file.flush()
        os.fsync(file.fileno())


def _ends_a_line(file: io.BufferedRandom) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
