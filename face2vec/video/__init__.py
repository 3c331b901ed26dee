"""Moving pictures: sources, tracks, names on tracks, films that are written, the photo booth."""
