"""Everything that puts Handraise onto machines: this one, containers, a cluster."""
