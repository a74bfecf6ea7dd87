"""The words of Handraise: every record that crosses a topic, as Avro schemas and frozen types."""
