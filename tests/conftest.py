"""Fixtures for every test: servers that are really there, and names that no other test uses."""

pytest_plugins = ["tests.support.servers", "tests.support.houses", "tests.support.lateness"]
