"""The settings of the recovery, read from YAML and checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import yaml
from handraise.models import Priority
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from examples.bot_recovery.failures import FOR_PEOPLE, FailureType
from examples.common.trouble import Trouble

DEFAULT_FILE = Path(__file__).with_name("settings.yaml")


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Retries(_Checked):
    """How often a bot tries again by itself: before anything is measured, and at the very most."""

    at_first: int = Field(ge=0, le=10)
    at_most: int = Field(ge=0, le=10)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.at_first > self.at_most:
            raise ValueError("at_first is above at_most")
        return self


class FailureSettings(_Checked):
    """What a type of failure means."""

    priority: Priority
    channels: tuple[str, ...]
    automatic_retries: Retries


class Learning(_Checked):
    """When measured success rates may change how often a bot tries again by itself."""

    enabled: bool
    least_samples: int = Field(ge=1)
    worthwhile_share: float = Field(ge=0, le=1)
    window_days: int = Field(ge=1)


class Settings(_Checked):
    """All of them."""

    failures: Mapping[FailureType, FailureSettings]
    learning: Learning
    effective_days: int = Field(ge=1)
    patience_seconds: float = Field(gt=0)
    pause_seconds: float = Field(ge=0)
    watch_seconds: float = Field(gt=0)
    callback_seconds: float = Field(ge=0)

    @model_validator(mode="after")
    def _whole_and_honest(self) -> Self:
        missing = [kind.value for kind in FailureType if kind not in self.failures]
        if missing:
            raise ValueError(f"nothing is said about {', '.join(missing)}")
        for kind in sorted(FOR_PEOPLE):
            if self.failures[kind].automatic_retries.at_most:
                raise ValueError(f"a {kind.value} is for a person: its automatic retries are 0")
        return self


def load(path: Path = DEFAULT_FILE) -> Settings:
    """The settings in a file. Raises Trouble, which says what is wrong with them."""
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise Trouble(f"{path} can't be used: {error}") from error
