"""The broker's jars: exactly those of jars.lock, fetched once and checked at every start."""

import fcntl
import hashlib
import re
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from deploy.local import fetch_jgo, fetch_mvn
from deploy.local.fetching import FetchFailed, Wanted
from deploy.local.layout import REPOSITORY
from deploy.local.progress import Progress, silent
from deploy.local.trouble import Trouble

LOCK = REPOSITORY / "deploy" / "local" / "jars.lock"
_LOCKED = re.compile(r"[0-9a-f]{64}  [^/\s]+\.jar")
POM = REPOSITORY / "deploy" / "local" / "pom.xml"


class Route(Protocol):
    """One way of getting jars: it puts the wanted ones, perhaps with more, into a directory."""

    def __call__(self, wanted: Wanted, target: Path, progress: Progress) -> None:
        """Fetch; raises FetchFailed."""
        ...


ROUTES: tuple[Route, ...] = (fetch_mvn.fetch, fetch_jgo.fetch)


def parse_lock(text: str) -> dict[str, str]:
    """The lock's jars: file name -> SHA-256 in hex. Raises ValueError on a line it can't read."""
    jars: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        digest, _, name = line.partition("  ")
        if not _LOCKED.fullmatch(line) or name in jars:
            raise ValueError(f"jars.lock line {number} is not `sha256  name.jar`: {line!r}")
        jars[name] = digest
    return jars


def faults(directory: Path, locked: Mapping[str, str]) -> list[str]:
    """What keeps `directory` from holding the locked jars: one phrase for each bad jar."""
    found: list[str] = []
    for name, digest in locked.items():
        jar = directory / name
        if not jar.is_file():
            found.append(f"{name} is missing")
        elif _digest(jar) != digest:
            found.append(f"{name} has another checksum than jars.lock")
    return found


def ensure_jars(
    cache: Path,
    progress: Progress = silent,
    *,
    routes: Sequence[Route] = ROUTES,
    lock: Path = LOCK,
    pom: Path = POM,
) -> list[Path]:
    """The locked jars in the order of their names, fetched into `cache` where they are not yet.

    Whatever fails leaves nothing half-made behind. Raises Trouble when no route gave the jars.
    """
    locked = parse_lock(lock.read_text(encoding="utf-8"))
    name = hashlib.sha256(repr(sorted(locked.items())).encode()).hexdigest()[:12]
    home = cache / f"jars-{name}"
    with exclusive(cache, "jars"):
        if faults(home, locked):
            for abandoned in cache.glob(".fetch-*"):
                shutil.rmtree(abandoned, ignore_errors=True)
            _fetch(Wanted(pom=pom, names=frozenset(locked)), locked, home, routes, progress)
    return [home / name for name in sorted(locked)]


@contextmanager
def exclusive(cache: Path, what: str) -> Generator[None]:
    """Hold `what` in the package cache against others that would make it at the same time."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(
    wanted: Wanted,
    locked: Mapping[str, str],
    home: Path,
    routes: Sequence[Route],
    progress: Progress,
) -> None:
    failures: list[str] = []
    for route in routes:
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=home.parent) as place:
            try:
                route(wanted, Path(place), progress)
            except FetchFailed as failure:
                failures.append(str(failure))
                continue
            bad = faults(Path(place), locked)
            if not bad:
                _keep(Path(place), locked, home)
                return
            failures.append(f"{bad[0]}{f' and {len(bad) - 1} more' if bad[1:] else ''}")
    raise Trouble(
        f"The broker's {len(locked)} jars could not be fetched ({'; '.join(failures)}).",
        "Check the connection to the package registry and start again,"
        " or set HANDRAISE_KAFKA to a broker of your own.",
    )


def _keep(fetched: Path, locked: Mapping[str, str], home: Path) -> None:
    ready = fetched / "ready"
    ready.mkdir()
    for name in locked:
        (fetched / name).replace(ready / name)
    shutil.rmtree(home, ignore_errors=True)
    ready.replace(home)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
