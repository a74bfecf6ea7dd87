"""Starts timeout_svc."""

import sys

from kernel.service import run_service
from services.timeout_svc.wiring import serve

sys.exit(run_service("timeout_svc", serve))
