import sys

from face2vec.cli import main

main(["train", *sys.argv[1:]], prog_name="train.py")
