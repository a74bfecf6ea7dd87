"""The services of the circle; each a pure core with thin edges, meeting only on Kafka."""
