"""The tools of the SDK at `/mcp`: what an agent says there goes through the REST API in-process."""
