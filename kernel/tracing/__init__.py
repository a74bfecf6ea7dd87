"""Traces: one for each request, from the call that asks to the callback that answers."""
