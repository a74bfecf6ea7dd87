"""What a projector tells of itself."""

from prometheus_client import Counter, Gauge, Histogram

_DELAYS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300, 3600)

entries = Counter("handraise_projection_entries", "Log records applied", ["view"])
rows = Counter("handraise_projection_rows", "Rows written", ["view"])
overtaken = Counter("handraise_projection_overtaken", "Batches another copy had applied", ["view"])
owned = Gauge("handraise_projection_partitions", "Partitions this copy applies", ["view"])
behind = Gauge("handraise_projection_behind", "Log records not applied yet", ["view"])
cut = Gauge("handraise_projection_log_cut", "1 once the log was found cut", ["view"])
delay = Histogram(
    "handraise_projection_delay_seconds",
    "From the decision to its rows",
    ["view"],
    buckets=_DELAYS,
)
