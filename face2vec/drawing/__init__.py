"""Pictures of what is found, measured and answered."""
