"""The queue: one row per request, with all that people see of it and filter and sort by."""
