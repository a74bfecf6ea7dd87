"""The event bus over Kafka, Redis Streams and RabbitMQ, by FastStream; each needs its extra."""
