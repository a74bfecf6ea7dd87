"""Weighs a change: what its paths tell, what ruff and bandit find, and what that adds up to."""

from examples.code_review.analysers import analyse
from examples.code_review.changes import Change
from examples.code_review.findings import Risk, risk_of
from examples.code_review.path_rules import findings_in


def examine(change: Change) -> Risk:
    """The risk of a change. Raises Trouble when an analyser is missing."""
    return risk_of([*findings_in(change.files), *analyse(change)])
