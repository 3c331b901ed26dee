import sys

from face2vec.cli import main

main(["predict", *sys.argv[1:]], prog_name="predict.py")
