"""Starts callback_svc."""

import sys

from kernel.service import run_service
from services.callback_svc.wiring import serve

sys.exit(run_service("callback_svc", serve))
