"""Reads a change from a git repository: its diff, its files and the lines that it adds."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.code_review import git
from examples.common.trouble import Trouble

_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_LONGEST_DIFF_CHARS = 150_000

_NOTHING_OF_THEIRS = ("--no-ext-diff", "--no-textconv")
"""A repository may name programs that make its diffs; they are not for us to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file of a change; the counts are None for a binary.

    `added_lines` are the numbers of the added lines in the new file.
    """

    path: str
    is_deleted: bool
    added: int | None
    removed: int | None
    added_lines: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What lies between two commits of a repository."""

    repository: Path
    base: str
    head: str
    subject: str
    author: str
    diff: str
    files: tuple[ChangedFile, ...]

    @property
    def line_count(self) -> int:
        """How many lines it adds and removes."""
        return sum((file.added or 0) + (file.removed or 0) for file in self.files)

    @property
    def shown_diff(self) -> str:
        """The diff as far as a person will read it."""
        if len(self.diff) <= _LONGEST_DIFF_CHARS:
            return self.diff
        left_out = len(self.diff) - _LONGEST_DIFF_CHARS
        return f"{self.diff[:_LONGEST_DIFF_CHARS]}\n# {left_out} more characters are left out\n"


def read_change(repository: Path, span: str) -> Change:
    """The change `A..B` of a repository. Raises Trouble when git can't show it."""
    first, dots, last = span.partition("..")
    if not dots or not first or not last.strip("."):
        raise Trouble(f"{span!r} is no range of commits: write it as A..B, such as HEAD~1..HEAD")
    base = _commit(repository, first)
    head = _commit(repository, last.lstrip("."))
    diff = _diff(repository, base, head)
    files = _files(repository, base, head, diff)
    if not files:
        raise Trouble(f"Nothing has changed between {first} and {last}")
    subject, _, author = git.text(repository, "show", "-s", "--format=%s%x00%an", head).partition(
        "\0"
    )
    return Change(
        repository=repository,
        base=base,
        head=head,
        subject=subject.strip(),
        author=author.strip(),
        diff=diff,
        files=files,
    )


def diff_of(change: Change, paths: Sequence[str]) -> str:
    """The part of a change that is about these files."""
    wanted = [f":(literal){path}" for path in paths]
    return _diff(change.repository, change.base, change.head, "--", *wanted)


def write_new_version(change: Change, path: str, directory: Path) -> Path:
    """Write a changed file, as it is after the change, below a directory; where it is then."""
    target = directory / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(git.output(change.repository, "show", f"{change.head}:{path}"))
    return target


def added_lines(diff: str) -> dict[str, frozenset[int]]:
    """The numbers of the lines that a unified diff adds, by file."""
    found: dict[str, set[int]] = {}
    path, line, in_hunk = "", 0, False
    for text in diff.split("\n"):
        if text.startswith("diff --git "):
            path, in_hunk = "", False
        elif not in_hunk and text.startswith("+++ "):
            path = _path(text[4:])
        elif hunk := _HUNK.match(text):
            line, in_hunk = int(hunk[1]), True
        elif in_hunk and text.startswith("+"):
            found.setdefault(path, set()).add(line)
            line += 1
        elif in_hunk and text.startswith(" "):
            line += 1
    return {name: frozenset(numbers) for name, numbers in found.items() if name}


def _diff(repository: Path, *what: str) -> str:
    return git.text(repository, "diff", "--no-color", *_NOTHING_OF_THEIRS, "--find-renames", *what)


def _path(named: str) -> str:
    name = named.rstrip("\t")
    if name.startswith('"'):
        name = name.strip('"').encode().decode("unicode_escape").encode("latin-1").decode()
    return name.removeprefix("b/") if name != "/dev/null" else ""


def _files(repository: Path, base: str, head: str, diff: str) -> tuple[ChangedFile, ...]:
    added = added_lines(diff)
    listed = git.text(repository, "diff", "--numstat", "-z", "--no-renames", base, head)
    deleted = set(
        git.text(
            repository, "diff", "--name-only", "-z", "--no-renames", "--diff-filter=D", base, head
        ).split("\0")
    )
    files: list[ChangedFile] = []
    for entry in filter(None, listed.split("\0")):
        plus, minus, path = entry.split("\t", 2)
        files.append(
            ChangedFile(
                path=path,
                is_deleted=path in deleted,
                added=None if plus == "-" else int(plus),
                removed=None if minus == "-" else int(minus),
                added_lines=added.get(path, frozenset()),
            )
        )
    return tuple(files)


def _commit(repository: Path, name: str) -> str:
    wanted = f"{name}^{{commit}}"
    return git.text(
        repository, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted
    ).strip()
