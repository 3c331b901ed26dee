"""Faces in a photo, and the 68 landmarks of each."""
