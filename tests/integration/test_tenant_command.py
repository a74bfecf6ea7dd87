"""The way into a new installation: a tenant and its first admin."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.bootstrap import COMPONENTS
from kernel.directory.directory import Directory
from kernel.postgres import connect, migrate
from kernel.secrets import Keyring
from kernel.settings import Settings

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def settings(database: str) -> Settings:
    pool = await connect(database, min_size=0, max_size=1)
    await migrate(pool, "directory", COMPONENTS["directory"])
    await pool.close()
    return Settings(pg_dsn=database, secret_key=KEY)


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    own = {"HANDRAISE_PG_DSN": settings.pg_dsn, "HANDRAISE_SECRET_KEY": KEY}
    return subprocess.run(
        [sys.executable, "-m", "deploy.tenant", *words],
        cwd=ROOT,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )


async def may_sign_in(settings: Settings, email: str, password: str) -> tuple[str, ...]:
    pool = await connect(settings.pg_dsn, min_size=0, max_size=1)
    person = await Directory(pool, Keyring.of(settings)).people.authenticate(email, password)
    await pool.close()
    return () if person is None else person.roles


async def test_the_first_admin_signs_in_with_what_was_printed(settings: Settings) -> None:
    done = command(settings, "acme", "--admin", "ada@example.org", "--name", "Acme Inc.")
    assert done.returncode == 0, done.stderr
    assert await may_sign_in(settings, "ada@example.org", done.stdout.split()[-1]) == ("admin",)


async def test_an_admin_who_lost_the_password_is_let_in_again(settings: Settings) -> None:
    first = command(settings, "acme", "--admin", "ada@example.org").stdout.split()[-1]
    second = command(settings, "acme", "--admin", "Ada@example.org").stdout.split()[-1]
    assert await may_sign_in(settings, "ada@example.org", first) == ()
    assert await may_sign_in(settings, "ada@example.org", second) == ("admin",)


async def test_what_is_no_address_is_said_to_be_none(settings: Settings) -> None:
    done = command(settings, "acme", "--admin", "nobody")
    assert done.returncode == 1
    assert "an e-mail address is expected" in done.stderr
