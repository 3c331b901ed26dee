"""``python -m face2vec`` is the command ``face2vec``."""

from face2vec.cli import main

main(prog_name="face2vec")
