"""One example of each document; a test holds them against their models."""
