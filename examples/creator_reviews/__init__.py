"""A marketplace of agents whose users can ask an agent's creator to look at a result."""
