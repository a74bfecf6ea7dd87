"""Pages on which people say how they are told, when they are away, and how they sign in."""
