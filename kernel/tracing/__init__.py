"""Traces: one per request, from the call that asked to the callback that answers."""
