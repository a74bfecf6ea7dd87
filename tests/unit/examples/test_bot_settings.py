"""The settings of the recovery: what is shipped, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.bot_recovery.failures import FailureType
from examples.bot_recovery.settings import DEFAULT_FILE, load
from examples.common.trouble import Trouble


def written(directory: Path, **changed: Any) -> Path:
    known = yaml.safe_load(DEFAULT_FILE.read_text())
    for path, value in changed.items():
        *way, last = path.split("__")
        place = known
        for name in way:
            place = place[name]
        place[last] = value
    file = directory / "settings.yaml"
    file.write_text(yaml.safe_dump(known))
    return file


def test_the_shipped_settings_answer_for_every_type_of_failure() -> None:
    settings = load()

    assert set(settings.failures) == set(FailureType)
    assert settings.failures[FailureType.CHALLENGE].priority == "urgent"
    assert "webhook" in settings.failures[FailureType.CHALLENGE].channels


@pytest.mark.parametrize("kind", ["captcha", "challenge"])
def test_no_setting_lets_a_bot_retry_what_is_for_a_person(tmp_path: Path, kind: str) -> None:
    tried = {f"failures__{kind}__automatic_retries": {"at_first": 0, "at_most": 1}}

    with pytest.raises(Trouble, match=f"{kind} is for a person"):
        load(written(tmp_path, **tried))


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures__timeout__automatic_retries": {"at_first": 3, "at_most": 1}},
        {"failures__timeout__priority": "soon"},
        {"learning__worthwhile_share": 60},
        {"effective_day": 7},
        {"failures": {}},
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(Trouble, match="can't be used"):
        load(written(tmp_path, **wrong))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No such file"):
        load(tmp_path / "none.yaml")
