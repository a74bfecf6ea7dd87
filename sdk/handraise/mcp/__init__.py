"""Handraise as tools of the Model Context Protocol, by which agents ask people (extra `mcp`)."""
