"""The secret key: made once, kept to oneself, never exchanged by accident."""

import base64
from pathlib import Path

from deploy.local.secret_key import KEY_BYTES, NAME, secret_key, shell_variables


def test_the_key_is_made_once_and_is_as_long_as_it_must_be(tmp_path: Path) -> None:
    file = tmp_path / "secret.env"
    key = secret_key(file, {})
    assert secret_key(file, {}) == key
    assert len(base64.b64decode(key)) == KEY_BYTES


def test_only_its_owner_can_read_the_key(tmp_path: Path) -> None:
    file = tmp_path / "secret.env"
    secret_key(file, {})
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_of_the_environment_is_kept_for_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "secret.env"
    assert secret_key(file, {NAME: "given"}) == "given"
    assert secret_key(file, {}) == "given"


def test_the_key_that_sealed_the_data_wins_over_another_stacks_in_the_shell(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secret.env"
    own = secret_key(file, {})
    assert secret_key(file, {NAME: "of another stack"}) == own


def test_shell_variables_are_read_as_a_shell_reads_them() -> None:
    text = "# who\nA=1\nexport B='two words'\nC=\"x=y\"\n\n"
    assert shell_variables(text) == {"A": "1", "B": "two words", "C": "x=y"}
