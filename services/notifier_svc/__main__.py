"""Starts notifier_svc."""

import sys

from kernel.service import run_service
from services.notifier_svc.wiring import serve

sys.exit(run_service("notifier_svc", serve))
