"""How often a saved model is right about labelled photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from face2vec import defaults
from face2vec.errors import LabelError
from face2vec.evaluation.answers import Answers
from face2vec.evaluation.reports import AccuracyReport
from face2vec.photos.folders import label_photos
from face2vec.progress import Progress, no_progress
from face2vec.reading.labelled import LabelledReadings
from face2vec.reading.options import REMEMBERING, ReadingOptions
from face2vec.recognition.recognizer import Recognizer


def get_accuracy(
    folder: Path | str = defaults.FOLDER,
    *,
    model: Path | str = defaults.MODEL,
    reading: ReadingOptions = REMEMBERING,
    progress: Progress = no_progress,
) -> AccuracyReport:
    """Measures a saved model on a folder of labelled photos.

    Args:
        folder: a folder for each person, or names in the file names.
        model: the model file.
        reading: how photos are read, but for the encoder, which the model knows; faces and vectors
            are remembered in its cache.
        progress: is told how many photos are read, of how many.

    Raises:
        ModelError: the model file is missing, broken, or of another recipe.
        FolderError: the folder is missing or holds no photos.
        LabelError: the model knows nobody in the folder.

    >>> get_accuracy("faces", reading=ReadingOptions()).found
    96
    """
    recognizer = Recognizer.load(model, reading)
    known = recognizer.model
    labelled = label_photos(Path(folder))
    if not set(labelled.names) & set(known.people):
        raise LabelError(
            f"the model {model} knows nobody in {folder}: it knows {', '.join(known.people)}."
        )
    data = LabelledReadings.of(labelled, recognizer.reader, progress)
    places = {name: index for index, name in enumerate(known.people)}
    answers = Answers(
        known.people,
        tuple(str(one.path) for one in data.read),
        np.array([places.get(name, -1) for name in data.names], dtype=int),
        known.classifier.probabilities(data.vectors),
    )
    surest = known.probabilities(data.vectors).max(axis=1)
    seen = set(known.photos)
    return AccuracyReport(
        labelled,
        data.readings,
        answers,
        np.array([one.digest in seen for one in data.read], dtype=bool),
        ~known.acceptance.accepts(surest),
        recognizer.reader.encoder.name,
        known.classifier.kind,
    )
