"""Enrolled people: verify, identify, enrol and forget."""
