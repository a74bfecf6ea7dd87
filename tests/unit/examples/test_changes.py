"""Reading a change from git: its files, its added lines, and what is no change at all."""

import subprocess
from pathlib import Path

import pytest

from examples.code_review.changes import added_lines, read_change
from examples.code_review.sample import RANGE, build_sample
from examples.common.trouble import Trouble


def git(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    command = ["git", "-C", str(directory), *identity, *arguments]
    subprocess.run(command, check=True, capture_output=True)


def repository(directory: Path, *versions: dict[str, str | bytes]) -> Path:
    directory.mkdir()
    git(directory, "init", "--quiet")
    for files in versions:
        for name, content in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        git(directory, "add", "--all")
        git(directory, "commit", "--quiet", "--message", "a version")
    return directory


def test_the_sample_is_a_change_with_a_subject_and_an_author(tmp_path: Path) -> None:
    change = read_change(build_sample(tmp_path / "shop"), RANGE)
    assert change.subject == "Refund whole orders, for complaint #42"
    assert change.author == "Deploy Bot"
    assert [file.path for file in change.files if file.is_deleted] == ["tests/test_refunds.py"]
    assert change.line_count == sum((f.added or 0) + (f.removed or 0) for f in change.files)
    assert change.diff.startswith("diff --git")


def test_added_lines_are_numbered_as_in_the_new_file(tmp_path: Path) -> None:
    found = repository(tmp_path / "r", {"a.py": "1\n2\n3\n"}, {"a.py": "1\nnew\n2\n++ odd\n3\n"})
    [file] = read_change(found, "HEAD~1..HEAD").files
    assert file.added_lines == {2, 4}


def test_odd_names_binaries_and_renames_are_read(tmp_path: Path) -> None:
    found = repository(
        tmp_path / "r",
        {"old.py": "x = 1\n" * 20, "b.bin": b"\x00\x01"},
        {"with space.py": "a\n", "ünï.py": "b\n", 'quo"te.py': "c\n", "b.bin": b"\x00\x02"},
    )
    git(found, "mv", "old.py", "new.py")
    git(found, "commit", "--quiet", "--message", "rename")
    files = {file.path: file for file in read_change(found, "HEAD~2..HEAD").files}
    assert set(files) == {"with space.py", "ünï.py", 'quo"te.py', "b.bin", "old.py", "new.py"}
    assert files["with space.py"].added_lines == {1}
    assert files["ünï.py"].added_lines == {1}
    assert files['quo"te.py'].added_lines == {1}
    assert files["b.bin"].added is None
    assert files["old.py"].is_deleted


def test_lines_that_look_like_headers_are_lines() -> None:
    diff = (
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n one\n"
        "+++ b/evil\n+@@ -1 +99 @@\n two\n"
    )
    assert added_lines(diff) == {"x": {2, 3}}


@pytest.mark.parametrize(
    "span", ["HEAD", "", "..", "HEAD..", "..HEAD", "nope..HEAD", "HEAD..nope", "--output=x..HEAD"]
)
def test_what_is_no_range_is_told_in_a_sentence(tmp_path: Path, span: str) -> None:
    found = repository(tmp_path / "r", {"a": "1"}, {"a": "2"})
    with pytest.raises(Trouble):
        read_change(found, span)


def test_a_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="git can't show"):
        read_change(tmp_path, "HEAD~1..HEAD")


def test_an_empty_change_is_told(tmp_path: Path) -> None:
    found = repository(tmp_path / "r", {"a": "1"})
    with pytest.raises(Trouble, match="Nothing has changed"):
        read_change(found, "HEAD..HEAD")


def test_programs_that_a_repository_names_are_not_run(tmp_path: Path) -> None:
    found = repository(tmp_path / "r", {"a.txt": "1\n", ".gitattributes": "*.txt diff=evil\n"})
    trap = tmp_path / "trap"
    git(found, "config", "diff.evil.textconv", f"touch {trap}; cat")
    git(found, "config", "diff.external", f"touch {trap}; true")
    (found / "a.txt").write_text("2\n")
    git(found, "commit", "--all", "--quiet", "--message", "two")
    read_change(found, "HEAD~1..HEAD")
    assert not trap.exists()
