"""Reels: a script is rewritten, approved by its owner, and only then made into a video."""
