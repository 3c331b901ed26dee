"""A trained model names a face, in numpy alone."""
