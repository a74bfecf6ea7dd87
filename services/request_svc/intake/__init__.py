"""Questions that come straight through Kafka become commands."""
