"""Durations as people write them: `90s`, `30m`, `24h`, `2d`, `1w`, or joined as in `1h30m`."""

import re

seconds_of_unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
PATTERN = r"^([0-9]{1,9}[smhdw])+$"
MAX_SECONDS = 5 * 365 * 86_400
_part = re.compile(r"([0-9]{1,9})([smhdw])")


def seconds(text: str) -> int:
    """The seconds of a duration that fits `PATTERN`."""
    return sum(int(count) * seconds_of_unit[unit] for count, unit in _part.findall(text))
