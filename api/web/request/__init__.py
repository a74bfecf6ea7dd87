"""The page of one request: what it shows, what can be done on it, and who is looking."""
