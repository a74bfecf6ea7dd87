"""What the ways of fetching jars have in common."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

_POM = "{http://maven.apache.org/POM/4.0.0}"


class FetchFailed(Exception):
    """One way of fetching did not work; its text is a phrase saying why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to fetch: the pom that names the roots, and the file names of all jars to get."""

    pom: Path
    names: frozenset[str]

    def roots(self) -> list[str]:
        """The pom's own dependencies as `group:artifact:version`."""
        tree = ET.parse(self.pom)  # noqa: S314  a file of our own
        return [
            ":".join(
                found.findtext(f"{_POM}{part}") or ""
                for part in ("groupId", "artifactId", "version")
            )
            for found in tree.iterfind(f"{_POM}dependencies/{_POM}dependency")
        ]
