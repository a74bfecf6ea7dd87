"""A randomised model of one partition around the real writer, fold, relay and checkpoints."""
