"""Photo in, reading out: one or many, remembered in a cache."""
