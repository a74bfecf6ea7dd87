"""Faults of the machine, as sentences."""

import errno
from pathlib import Path

import pytest

from deploy.local.trouble import of_the_system

ROOT = Path("/somewhere/.run")


def test_a_full_disk_names_the_disk_and_the_way_to_another() -> None:
    trouble = of_the_system(OSError(errno.ENOSPC, "No space left on device"), ROOT)
    assert "no room left" in trouble.what
    assert str(ROOT) in trouble.what
    assert "HANDRAISE_RUN_DIR" in trouble.way_out


def test_a_file_that_cannot_be_used_is_named_with_the_reason() -> None:
    trouble = of_the_system(PermissionError(errno.EACCES, "Permission denied", "/x/lock"), ROOT)
    assert trouble.what == "/x/lock cannot be used: Permission denied."


def test_what_is_nobodys_fault_but_ours_is_not_made_pretty() -> None:
    with pytest.raises(OSError, match="odd"):
        of_the_system(OSError(errno.EBADF, "odd"), ROOT)
