"""What a command comes to: pure decisions, from the request's state and the rules of its policy."""
