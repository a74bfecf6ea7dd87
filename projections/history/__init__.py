"""The timeline: one row per event and per refusal, as the log has them."""
