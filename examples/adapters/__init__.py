"""Other libraries that wait for people: one small program for each adapter of the SDK."""
