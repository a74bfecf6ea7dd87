"""Rewriters: what makes a better script out of a script."""
