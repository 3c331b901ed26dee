"""dlib's model files, read without dlib, and what is in them computed faster than by dlib."""
