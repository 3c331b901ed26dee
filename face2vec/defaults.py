"""The defaults, each once: functions, classes and the command line take them from here."""

from __future__ import annotations

from pathlib import Path

# Where things lie, in the folder that one works in.
FOLDER = Path("faces")
MODEL = Path("weights.best.hdf5")
CACHE = Path("cache")
LOGS = Path("logs")
SETTINGS = Path("settings.json")
GALLERY = "sqlite:///gallery.db"

# How photos are read.
DETECTOR = "ladder"
ENCODER = "landmarks"
GALLERY_ENCODER = "resnet"  # geometry alone tells too few people apart to verify somebody
FITS = 24
JITTER = 1
MIN_FACE = 0
SUBJECT = "largest"
MAX_BYTES = 100_000_000  # of a file that is read as a photo

# How a model is trained and measured.
CLASSIFIER = "dense"
OBJECTIVE = "classify"
FOLDS = 10
TUNING_FOLDS = 3
TUNING_TRIALS = 15
SEED = 0

# How often a stranger may get a name, and how often two people may count as one.
FMR = 0.01
VERIFY_FMR = 0.001
GEOMETRY_FMR = 0.05  # for encoders of geometry: at 1 % too many known faces would be unknown
