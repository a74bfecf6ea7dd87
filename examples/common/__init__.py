"""What the examples share: where the stack is, who works in it, what the terminal shows."""
