"""Calls every operation of the API with what its OpenAPI page allows, and with what it does not."""

import random
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisDeprecationWarning, Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.patience import LONGEST_SECONDS, says_behind

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
ENDLESS = {"/api/v1/stream"}
FOUND = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """A running API, credentials that it takes, and ids of requests that are there."""

    url: str
    bearers: Sequence[str]
    request_ids: Sequence[str]


@dataclass(slots=True)
class Findings:
    """How many cases were tried, how they were answered, and what went wrong."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter[int])
    failures: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        told = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return f"{self.cases} cases ({told}), {len(self.failures)} failures"


def fuzz(target: Target, cases: int, first_seed: int = 0) -> Findings:
    """Tries about so many cases, spread over all operations; half of them break the rules."""
    # The server beside us uses chance as well.
    warnings.simplefilter("ignore", HypothesisDeprecationWarning)
    schema = schemathesis.openapi.from_url(f"{target.url}/openapi.json")
    found = [one.ok() for one in schema.get_all_operations()]
    operations = [one for one in found if one.path.startswith("/api/") and one.path not in ENDLESS]
    fuzzer = Fuzzer(target, max(cases // (2 * len(operations)), 1), first_seed)
    for operation in operations:
        for mode in GenerationMode:
            fuzzer.try_operation(operation, mode)
    return fuzzer.findings


class Fuzzer:
    """Tries operations, the same cases for the same seed, so many of each."""

    def __init__(self, target: Target, examples: int, first_seed: int) -> None:
        self._target = target
        self._seed = first_seed
        self._choosing = random.Random(first_seed)
        self._settings = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        self.findings = Findings()

    def try_operation(self, operation: Any, mode: GenerationMode) -> None:
        """Calls an operation as its description allows, or does not."""

        @seed(self._seed)
        @self._settings
        @given(
            case=operation.as_strategy(generation_mode=mode),
            bearer=st.sampled_from(self._target.bearers),
        )
        def one(case: Any, bearer: str) -> None:
            self._call(case, bearer)

        # What takes nothing can't be called in a wrong way.
        with suppress(Unsatisfiable):
            one()

    def _call(self, case: Any, bearer: str) -> None:
        self._aim(case)
        headers = {"Authorization": f"Bearer {bearer}"}
        until = time.monotonic() + LONGEST_SECONDS
        try:
            while says_behind(response := case.call(headers=headers, timeout=30)):
                if time.monotonic() > until:
                    break
            case.validate_response(response, checks=CHECKS)
            status = response.status_code
        except FailureGroup as failures:
            status = 0
            where = f"{case.method} {case.formatted_path}"
            self.findings.failures += [f"{where}: {one}"[:2000] for one in failures.exceptions]
        self.findings.cases += 1
        self.findings.statuses[status] += 1

    def _aim(self, case: Any) -> None:
        """Lets half of the calls meet a request that is there, and none wait for long."""
        parameters = case.path_parameters or {}
        if "request_id" in parameters and self._choosing.random() < FOUND:
            parameters["request_id"] = self._choosing.choice(self._target.request_ids)
        if isinstance(case.query, dict):
            # The one wait for what may never come, and the one 503 for what is not there yet.
            never = {"timeout_seconds": 0} if case.path.endswith("/wait") else {}
            case.query.update(never)
            case.query.pop("min_version", None)
