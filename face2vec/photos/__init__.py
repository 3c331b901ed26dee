"""A photo and a folder of them: decoding, views onto it, the names in file and folder names."""
