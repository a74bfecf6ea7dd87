"""Measures the running system, on this machine, with the processes' own CPU beside the clock."""
