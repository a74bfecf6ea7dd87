"""The kinds of question as data: built in as YAML, or defined per tenant, and their loader."""
