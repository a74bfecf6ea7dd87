"""Where the embedded stack keeps its files."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgres_home import all_directories

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The run directory (data, logs, secrets of one stack) and the package cache all share."""

    root: Path
    cache: Path
    logs: Path
    kafka: Path
    postgres: Path
    mail: Path
    dev_env: Path
    secret_env: Path
    lock: Path
    state: Path

    def log(self, name: str) -> Path:
        """The log file of the process `name`."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Make the run directory; the database's account must be able to pass through it."""
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o755)
        self.logs.mkdir(exist_ok=True)

    def wipe(self) -> None:
        """Remove all data, logs and secrets; the package cache stays."""
        for directory in (self.kafka, *all_directories(self.postgres), self.mail, self.logs):
            shutil.rmtree(directory, ignore_errors=True)
        for file in (self.dev_env, self.secret_env, self.state):
            file.unlink(missing_ok=True)


def layout(environ: Mapping[str, str]) -> Layout:
    """The layout that `HANDRAISE_RUN_DIR` asks for; by default `.run` in the repository."""
    wanted = environ.get("HANDRAISE_RUN_DIR")
    root = Path(wanted).expanduser().absolute() if wanted else REPOSITORY / ".run"
    return Layout(
        root=root,
        cache=package_cache(root),
        logs=root / "logs",
        kafka=root / "kafka",
        postgres=root / "postgres",
        mail=root / "mail",
        dev_env=root / "dev.env",
        secret_env=root / "secret.env",
        lock=root / "lock",
        state=root / "state.json",
    )


def shown(path: Path) -> str:
    """`path` as a person at the repository's root would type it."""
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)


def package_cache(root: Path) -> Path:
    """Where fetched packages go: the repository's cache, so that every stack and test shares it.

    In a repository that this user cannot write to, the cache lies in the run directory `root`.
    """
    shared = REPOSITORY / ".run" / "cache"
    nearest = next(place for place in (shared, *shared.parents) if place.exists())
    return shared if os.access(nearest, os.W_OK) else root / "cache"
