"""Arrays in, a model with held-out figures out."""
