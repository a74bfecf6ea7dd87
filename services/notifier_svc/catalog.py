"""The words of notices by language: one TOML file each, all with the same entries."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kernel.directory.preferences import LANGUAGES

_FOLDER = Path(__file__).parent / "catalogs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The words of one language; what stands in braces is filled in."""

    language: str
    leads: Mapping[str, str]
    subjects: Mapping[str, str]
    priorities: Mapping[str, str]
    labels: Mapping[str, str]
    phrases: Mapping[str, str]
    ends: Mapping[str, str]


@cache
def catalog(language: str) -> Catalog:
    """The words of a language; English where there is no such catalog."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    return Catalog(language=name, **tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8")))
