"""Stores that keep an agent's memory in PostgreSQL or SQLite, by one set of SQL."""
