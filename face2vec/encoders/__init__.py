"""A face becomes a vector."""
