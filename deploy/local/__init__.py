"""The embedded stack: broker, database, mail sink and all services on one machine."""
