"""Settings say what they mean and what is wrong with them."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from kernel.errors import Misconfigured
from kernel.settings import Settings

MANUAL = Path("deploy/config.default.toml")


def test_the_manual_holds_every_setting_with_its_default() -> None:
    manual = tomllib.loads(MANUAL.read_text())
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    as_lists = {n: list(d) if isinstance(d, tuple) else d for n, d in defaults.items()}
    assert manual == as_lists


def test_every_setting_in_the_manual_has_a_sentence() -> None:
    lines = MANUAL.read_text().splitlines()
    bare = [
        line
        for above, line in pairwise(lines)
        if "=" in line and not line.startswith("#") and not above.startswith("#")
    ]
    assert bare == []


def test_one_number_moves_a_whole_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAISE_PORT_BASE", "9000")
    for name in ("KAFKA", "PG_DSN", "PUBLIC_URL", "SMTP_URL"):
        monkeypatch.delenv(f"HANDRAISE_{name}", raising=False)
    settings = Settings.load()
    assert settings.kafka == "127.0.0.1:9001"
    assert ":9003/" in settings.pg_dsn
    assert settings.public_url == "http://127.0.0.1:9000"
    assert settings.health_port("timeout_svc") == 9013


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "handraise.toml"
    path.write_text('partitions = 48\nlog_level = "DEBUG"\n')
    monkeypatch.setenv("HANDRAISE_CONFIG", str(path))
    monkeypatch.setenv("HANDRAISE_LOG_LEVEL", "ERROR")
    settings = Settings.load()
    assert (settings.partitions, settings.log_level) == (48, "ERROR")


def test_a_value_that_makes_no_sense_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAISE_PARTITIONS", "many")
    with pytest.raises(Misconfigured, match="HANDRAISE_PARTITIONS"):
        Settings.load()


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAISE_CONFIG", "/nowhere/handraise.toml")
    with pytest.raises(Misconfigured, match=r"/nowhere/handraise\.toml"):
        Settings.load()
