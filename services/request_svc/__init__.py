"""The one writer of a request: intake, deciding, and the relay of what was admitted."""
