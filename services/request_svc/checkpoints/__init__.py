"""A partition's state, saved now and then, so that a restart need not read the whole log."""
