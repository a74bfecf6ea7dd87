"""The marketplace's pages and its JSON endpoints."""
