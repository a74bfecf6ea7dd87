"""What is counted of the calls that others make to us."""

from prometheus_client import Counter

hooks_taken = Counter(
    "handraise_hooks",
    "Calls by providers and Slack, by what became of them",
    ["provider", "outcome"],
)
