"""Finds the browser that automations and page tests drive, and installs it where that can be done.

Run by `make test` before the tests, so that a missing browser is one clear sentence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGE = "chromium"


class NoBrowser(Exception):
    """There is no browser, and none can be installed from here."""


def found(environment: Mapping[str, str]) -> str | None:
    """The path of a browser: the one that HANDRAISE_CHROMIUM names, else the first on the path."""
    given = environment.get("HANDRAISE_CHROMIUM")
    if given:
        return shutil.which(given)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure() -> str:
    """The path of a browser, installed from Debian's packages where it is missing.

    Raises:
        NoBrowser: with what to do about it.
    """
    path = found(os.environ)
    if path is None and not os.environ.get("HANDRAISE_CHROMIUM"):
        _install()
        path = found(os.environ)
    if path is None:
        raise NoBrowser(
            "This needs Chromium. Install your system's package (Debian: chromium),"
            " or let HANDRAISE_CHROMIUM name a Chromium or Chrome."
        )
    return path


def _install() -> None:
    prefix = _as_root()
    if prefix is None or shutil.which("apt-get") is None:
        return
    print("installing Chromium (once, about a minute)", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    for words in (["update", "-qq"], ["install", "-qq", "--no-install-recommends", PACKAGE]):
        ended = subprocess.run(
            [*prefix, "apt-get", "-y", *words],
            env=quiet,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if ended.returncode:
            raise NoBrowser(f"Chromium could not be installed: {ended.stderr.strip()[-500:]}")


def _as_root() -> Sequence[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if (
        sudo
        and not subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode
    ):
        return [sudo, "-n"]
    return None


if __name__ == "__main__":
    try:
        ensure()
    except NoBrowser as reason:
        sys.exit(str(reason))
