"""The proof that Handraise does what it says."""
