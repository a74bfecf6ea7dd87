"""The campaign managers' desk: the review queue and its pages."""
