"""Automations in a real browser, and the people who put them right when they fail."""
