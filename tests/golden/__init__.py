"""Bytes that must be readable for ever, and the samples they came from."""
