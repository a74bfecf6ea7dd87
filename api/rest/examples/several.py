"""Outcomes of calls that were about many requests."""

from api.rest.examples.facts import ID, Example
from api.rest.examples.problems import problem
from api.rest.examples.requests import ACTED, OPENED

_refused: Example = {"status": 422, "id": None, "request": None, "problem": problem("invalid")}
_stale: Example = {"status": 409, "id": ID, "request": None, "problem": problem("stale_revision")}
OPENED_BATCH: Example = {
    "items": [{"status": 201, "id": ID, "request": OPENED, "problem": None}, _refused]
}
ACTED_ON: Example = {
    "items": [{"status": 200, "id": ID, "request": ACTED, "problem": None}, _stale]
}
