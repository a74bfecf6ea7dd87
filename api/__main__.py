"""Runs the front door as a process."""

import sys

from api.wiring import serve
from kernel.service import run_service

if __name__ == "__main__":
    sys.exit(run_service("api", serve))
