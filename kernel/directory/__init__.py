"""Reference data: tenants, people, teams, API keys, kinds and sealed secrets, in Postgres."""
