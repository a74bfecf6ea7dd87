"""The database: one PostgreSQL server."""

import os
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT

from deploy.local.accounts import give
from deploy.local.child import Child, Command
from deploy.local.guard import Guard
from deploy.local.logs import last_error, tail
from deploy.local.ports import HOST
from deploy.local.postgres_home import PostgresHome
from deploy.local.postgres_probe import database_answers
from deploy.local.postgres_roles import ensure_application
from deploy.local.server import Server
from deploy.local.trouble import Trouble

SUPERUSER = "postgres"
APPLICATION = "handraise"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
}
# A crash of the server still loses nothing; only one of the machine would.
UNSAFE_AND_QUICK: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Server):
    """A database server with its data in `home`, listening on the loopback only.

    The application's own role `handraise` owns the database `handraise`. It is no superuser, so
    that row-level security holds for it; it may create databases, for tests.
    """

    def __init__(
        self, home: PostgresHome, *, port: int, log: Path, guard: Guard, durable: bool = True
    ) -> None:
        self._home = home
        self._port = port
        self._durable = durable
        self._data = home.directory / "data"
        settings = {**SETTINGS, "port": str(port), **({} if durable else UNSAFE_AND_QUICK)}
        command = Command(
            name="postgres",
            argv=(
                str(home.programs / "postgres"),
                "-D",
                str(self._data),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ),
            output=log,
            environ=_environ(),
            directory=Path("/"),
            stop_signal=SIGINT,
            stop_seconds=30.0,
            account=home.account,
        )
        super().__init__(Child(command, guard), log=log, patience_seconds=180.0)

    @property
    def dsn(self) -> str:
        """The address of the application's database, as the application's role."""
        return self._address(APPLICATION, APPLICATION)

    @property
    def superuser_dsn(self) -> str:
        """The address of the maintenance database, as the superuser."""
        return self._address(SUPERUSER, "postgres")

    def answers(self) -> bool:
        """Whether the database takes connections."""
        return database_answers(HOST, self._port)

    def await_answer(self) -> None:
        """Return when the application's database is there; raises Trouble when it can't be."""
        super().await_answer()
        if self.child.running:
            ensure_application(self.superuser_dsn, APPLICATION, self._password())

    def prepare(self) -> None:
        """Make the cluster and its password the first time."""
        if self._data.exists():
            return
        self._home.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        give(self._home.directory, self._home.account)
        password = secrets.token_urlsafe(24)
        with tempfile.TemporaryDirectory(prefix=".init-", dir=self._home.directory) as place:
            give(Path(place), self._home.account)
            fresh = Path(place) / "data"
            self._initialise(fresh, self._password_for(Path(place), password))
            _write_secret(self._home.directory / "password", password)
            fresh.rename(self._data)

    def _initialise(self, fresh: Path, password: Path) -> None:
        account = self._home.account
        done = subprocess.run(
            [
                self._home.programs / "initdb",
                f"--pgdata={fresh}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
                "--no-instructions",
                *(() if self._durable else ("--no-sync",)),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=_environ(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{done.stdout}{done.stderr}")
        if done.returncode != 0:
            why = last_error(self.log) or next(reversed(tail(self.log)), "it says nothing")
            raise Trouble(f"The database could not be made: {why}.", f"See {self.log}.")

    def _password_for(self, place: Path, password: str) -> Path:
        file = place / "password"
        _write_secret(file, password)
        give(file, self._home.account)
        return file

    def _password(self) -> str:
        return (self._home.directory / "password").read_text(encoding="utf-8").strip()

    def _address(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._password()}@{HOST}:{self._port}/{database}"


def _environ() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _write_secret(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"{text}\n", encoding="utf-8")
