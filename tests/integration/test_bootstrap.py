"""The bootstrap on a real broker and database: whole at first, and changing nothing afterwards."""

import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy.bootstrap import COMPONENTS, bootstrap
from deploy.dev_env import read_variables
from kernel.directory.directory import Directory
from kernel.directory.principals import Ability
from kernel.errors import Misconfigured
from kernel.kafka import create_topics
from kernel.postgres import connect
from kernel.secrets import Keyring
from kernel.settings import Settings

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def settings(kafka: str, database: str, topic_prefix: str) -> Settings:
    return Settings(
        kafka=kafka,
        pg_dsn=database,
        topic_prefix=topic_prefix,
        partitions=2,
        secret_key=KEY,
        local=True,
    )


async def directory_of(settings: Settings) -> Directory:
    pool = await connect(settings.pg_dsn, min_size=0, max_size=1)
    return Directory(pool, Keyring.of(settings))


async def test_a_first_run_makes_topics_tables_and_credentials_that_work(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "dev.env"
    lines = await bootstrap(settings, file)
    assert await create_topics(settings) == []
    connection = await asyncpg.connect(settings.pg_dsn)
    rows = await connection.fetch("SELECT DISTINCT component FROM public.schema_migrations")
    await connection.close()
    there = {name for name, folder in COMPONENTS.items() if any(folder.glob("*.sql"))}
    assert {row["component"] for row in rows} == there

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = read_variables(file)
    directory = await directory_of(settings)
    agent = await directory.keys.authenticate(found["HANDRAISE_API_KEY"])
    assert agent is not None
    assert set(agent.abilities) == set(Ability)
    secrets = await directory.callback_secrets(f"key:{agent.key_id}", "demo")
    assert secrets == (found["HANDRAISE_CALLBACK_SECRET"],)
    for who, roles in {"REVIEWER": ("reviewer",), "ADMIN": ("lead", "admin")}.items():
        email, password = found[f"HANDRAISE_{who}_EMAIL"], found[f"HANDRAISE_{who}_PASSWORD"]
        signed_in = await directory.people.authenticate(email, password)
        by_token = await directory.sign_ins.authenticate(found[f"HANDRAISE_{who}_TOKEN"])
        assert signed_in is not None
        assert signed_in == by_token
        assert signed_in.roles == roles
        assert any(email in line and password in line for line in lines)
    reviewer = await directory.sign_ins.authenticate(found["HANDRAISE_REVIEWER_TOKEN"])
    assert reviewer is not None
    assert set(reviewer.teams) == set(await directory.tenants.teams("demo"))
    assert found["HANDRAISE_KAFKA"] == settings.kafka
    assert found["HANDRAISE_PG_DSN"] == settings.pg_dsn
    assert found["HANDRAISE_URL"] == settings.public_url
    assert found["HANDRAISE_SECRET_KEY"] == KEY
    await directory.close()


async def test_a_second_run_keeps_what_works_and_mends_what_does_not(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "dev.env"
    lines = await bootstrap(settings, file)
    first = file.read_text()
    assert await bootstrap(settings, file) == lines
    assert file.read_text() == first

    directory = await directory_of(settings)
    agent = await directory.keys.authenticate(read_variables(file)["HANDRAISE_API_KEY"])
    assert agent is not None
    assert agent.key_id is not None
    await directory.keys.revoke("demo", agent.key_id)
    reviewer = await directory.people.named("demo", ["reviewer@demo.local"])
    person = reviewer["reviewer@demo.local"]
    await directory.people.change("demo", person, password="another password", is_active=False)
    await bootstrap(settings, file)
    before, after = _variables(first), read_variables(file)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "HANDRAISE_API_KEY",
        "HANDRAISE_CALLBACK_SECRET",
        "HANDRAISE_REVIEWER_PASSWORD",
        "HANDRAISE_REVIEWER_TOKEN",
    }
    assert await directory.keys.authenticate(after["HANDRAISE_API_KEY"]) is not None
    await directory.close()


async def test_with_another_secret_key_everything_is_made_to_work_again(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "dev.env"
    await bootstrap(settings, file)
    other = settings.model_copy(update={"secret_key": "/" * 42 + "8="})
    await bootstrap(other, file)
    found = read_variables(file)
    directory = await directory_of(other)
    agent = await directory.keys.authenticate(found["HANDRAISE_API_KEY"])
    assert agent is not None
    assert await directory.callback_secrets(f"key:{agent.key_id}", "demo") == (
        found["HANDRAISE_CALLBACK_SECRET"],
    )
    assert await directory.sign_ins.authenticate(found["HANDRAISE_ADMIN_TOKEN"]) is not None
    await directory.close()


async def test_a_shell_can_read_the_file(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "dev.env"
    odd = settings.model_copy(update={"public_url": "http://host/it's $HOME `x`"})
    await bootstrap(odd, file)
    script = f'. "{file}"; {sys.executable} -c "import os; print(os.environ[\'HANDRAISE_URL\'])"'
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)  # noqa: ASYNC221
    assert said.stdout.strip() == odd.public_url


async def test_outside_the_local_stack_there_is_no_demo_and_no_start_without_a_key(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "dev.env"
    with pytest.raises(Misconfigured, match="local stack only"):
        await bootstrap(settings.model_copy(update={"local": False}), file)
    with pytest.raises(Misconfigured, match="HANDRAISE_SECRET_KEY"):
        await bootstrap(settings.model_copy(update={"local": False, "secret_key": ""}))
    assert not file.exists()
    assert await bootstrap(settings.model_copy(update={"local": False})) == []


def _variables(text: str) -> dict[str, str]:
    from deploy.local.secret_key import shell_variables  # noqa: PLC0415

    return shell_variables(text)
