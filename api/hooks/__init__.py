"""What others call: people's clicks in Slack, and what providers say became of a message."""
