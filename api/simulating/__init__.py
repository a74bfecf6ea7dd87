"""What would happen to a question that nobody answers: who would be told, when, and how it ends."""
