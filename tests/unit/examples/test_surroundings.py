"""Where an example finds the stack it runs in."""

from pathlib import Path

import pytest

from examples.common.surroundings import find
from examples.common.trouble import Trouble


def test_the_surroundings_come_from_dev_env_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "dev.env").write_text(
        "# written by the stack\n"
        "export HANDRAISE_URL=http://127.0.0.1:7400\n"
        "HANDRAISE_API_KEY='hr_a_b'\n"
        "export HANDRAISE_CALLBACK_SECRET=whsec_x\n"
        "export HANDRAISE_REVIEWER_TOKEN=token\n"
        "HANDRAISE_ADMIN_TOKEN=other\n"
        "export HANDRAISE_KAFKA=127.0.0.1:7401\n"
        "HANDRAISE_PG_DSN=postgresql://127.0.0.1:7403/handraise\n"
    )
    given = {"HANDRAISE_RUN_DIR": str(tmp_path), "HANDRAISE_KAFKA": "elsewhere:9092"}
    found = find("code_review", given)
    assert (found.api_key, found.kafka) == ("hr_a_b", "elsewhere:9092")
    assert (found.mail_url, found.port_base) == ("http://127.0.0.1:7405", 7400)
    assert found.directory == tmp_path / "examples" / "code_review"


def test_a_stack_that_never_ran_is_told_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="make up"):
        find("code_review", {"HANDRAISE_RUN_DIR": str(tmp_path)})
