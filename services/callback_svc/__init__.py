"""Calls the asker back: signed, retried on a schedule, and told to the core in the end."""
