"""What one writer holds of its partition, and the records it makes: sans I/O."""
