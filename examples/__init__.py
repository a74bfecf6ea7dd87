"""Working systems built on the SDK alone: each imports `handraise` and nothing of the platform."""
