"""Runs a function only as a person approved it: with just these arguments, and once."""
