"""What was admitted is told to the outside, in order, at least once."""
