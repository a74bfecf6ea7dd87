"""The platform's HTTP interface: what principals' systems call, and what its people read."""
