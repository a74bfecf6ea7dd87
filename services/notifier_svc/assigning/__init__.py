"""Somebody is chosen: who gets a request by itself, by turns, load or skill, and who is on call."""
