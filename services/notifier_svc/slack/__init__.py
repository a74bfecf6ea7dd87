"""Slack as a channel: its messages and modals, and its Web API."""
