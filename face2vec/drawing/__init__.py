"""Pictures of what is found and measured."""
