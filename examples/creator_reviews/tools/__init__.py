"""What the agents of the marketplace do: small text tools that work by rules."""
