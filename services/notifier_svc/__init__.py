"""Tells people: who hears of a request, on which channel, and what became of it."""
