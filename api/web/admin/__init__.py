"""Pages for those who look after a tenant: its people, keys, kinds, and what went wrong."""
