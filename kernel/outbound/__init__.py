"""Durable deliveries to the outside: one row per event and target, tried until it is settled."""
