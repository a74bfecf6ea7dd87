"""The clock of the circle: it watches what becomes due and says so in commands."""
