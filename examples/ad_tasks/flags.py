"""What compliance must look at: words in a creative, and whom a media buy would reach."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from examples.ad_tasks.config import Config


def flags_of_creative(content: Mapping[str, Any], config: Config) -> list[str]:
    """Why a creative is flagged: one reason for each word that claims too much."""
    text = " ".join(_texts(content)).lower()
    return [
        f'says "{word}"'
        for word in config.flagged_words
        if re.search(rf"\b{re.escape(word.lower())}\b", text)
    ]


def flags_of_targeting(targeting: Mapping[str, Any], config: Config) -> list[str]:
    """Why targeting is flagged: sensitive kinds of it, and people who are too young."""
    found = [
        f"targets by {name.replace('_', ' ')}"
        for name in sorted(targeting)
        if name in config.flagged_targeting and targeting[name]
    ]
    youngest = targeting.get("minimum_age")
    if isinstance(youngest, int) and youngest < config.minimum_age:
        found.append(f"reaches people of {youngest}, below {config.minimum_age}")
    return found


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in cast("Mapping[str, Any]", value).values():
                yield from _texts(one)
        case list():
            for one in cast("list[Any]", value):
                yield from _texts(one)
        case _:
            pass
