"""Read models: each answers one kind of question, comes from the log alone, and is disposable."""
