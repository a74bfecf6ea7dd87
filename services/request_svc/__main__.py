"""`python -m services.request_svc`: decides, relays, and takes in asks."""

from kernel.service import run_service
from services.request_svc.wiring import serve

if __name__ == "__main__":
    raise SystemExit(run_service("request_svc", serve))
