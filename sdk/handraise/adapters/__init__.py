"""Lets other libraries wait for people in their own dialects; each module needs its extra."""
