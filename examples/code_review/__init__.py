"""An agent that reviews a change of code, and asks a person before it lets it pass."""
