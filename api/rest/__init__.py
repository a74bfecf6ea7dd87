"""The REST interface: one module for each noun, each route parses, calls and answers."""
