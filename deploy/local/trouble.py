"""What went wrong, in one sentence for a person, together with a way out."""

import errno
from pathlib import Path


class Trouble(Exception):
    """Something that a person has to put right.

    `what` is one sentence saying what happened, `way_out` one saying what to do about it.
    It is shown as it is, never as a traceback.
    """

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(what, way_out)
        self.what = what
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.what} {self.way_out}"


def of_the_system(failure: OSError, root: Path) -> Trouble:
    """What the operating system refused, as a sentence; `root` is the run directory.

    A failure that names no file and is no full disk is a fault of ours and raised again.
    """
    if failure.errno in (errno.ENOSPC, errno.EDQUOT):
        return Trouble(
            f"There is no room left on the disk that holds {failure.filename or root}.",
            "Free some space, or set HANDRAISE_RUN_DIR to a directory on another disk.",
        )
    if failure.filename is None:
        raise failure
    return Trouble(
        f"{failure.filename} cannot be used: {failure.strerror}.",
        f"Put that right, or set HANDRAISE_RUN_DIR to a directory of your own (now {root}).",
    )
