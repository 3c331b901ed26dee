"""The recogniser: a model and photos in, names out. No TensorFlow is needed for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2vec import defaults
from face2vec.decisions import ProbabilityThreshold, decide
from face2vec.encoders.registry import difference, options_of
from face2vec.errors import ModelError
from face2vec.photos.photo import Photo
from face2vec.progress import Progress, no_progress
from face2vec.reading.options import ReadingOptions
from face2vec.reading.reader import Reader
from face2vec.recognition.model import Model
from face2vec.records import Answer, Candidate, Encoding, Prediction, Reading

logger = logging.getLogger(__name__)


class Recognizer:
    """Names the faces in photos with a trained model.

    Args:
        model: whom it knows, and what it has learnt of them.
        reader: reads photos as those that the model was trained on were read.
        threshold: probability below which a face is unknown; None for that of the model.
        twins: whether one person may be in a photo twice (mirrors, collages).

    Raises:
        ModelError: the model was trained on vectors of another recipe than the reader's.

    >>> recognizer = Recognizer.load("weights.best.hdf5")
    >>> recognizer.predict("faces/zelda/004.jpg").faces[0].name
    'zelda'
    """

    def __init__(
        self,
        model: Model,
        reader: Reader,
        *,
        threshold: float | None = None,
        twins: bool = False,
    ) -> None:
        self.model = model
        self.reader = reader
        self.threshold = model.threshold if threshold is None else ProbabilityThreshold(threshold)
        self.twins = twins
        wanted = model.recipe
        if any(wanted.get(part) != recipe for part, recipe in reader.vector_recipe.items()):
            raise ModelError(
                f"the model was trained with {difference(wanted, reader.vector_recipe)}: "
                "give that, or train again with 'face2vec train FOLDER'."
            )

    @classmethod
    def load(
        cls,
        path: Path | str = defaults.MODEL,
        reading: ReadingOptions = ReadingOptions(),
        *,
        threshold: float | None = None,
        twins: bool = False,
    ) -> Recognizer:
        """Takes the model from a file, and makes the reader that it needs.

        Args:
            path: the model file.
            reading: how photos are read, but for the encoder, which the model knows. `prior`,
                `landmark_model` and `weights` must be those of the training. Nothing is
                remembered of the photos unless it has a cache.
            threshold, twins: see the class.

        Raises:
            ModelError: the file is missing, cannot be read, or is of a recipe that this version
                cannot honour.
        """
        model = Model.load(Path(path))
        if model.retrain:
            logger.warning("the model %s is to be trained again: %s", path, model.retrain)
        encoder = model.recipe["encoder"]
        options = reading.but(encoder=encoder["name"], **options_of(encoder))
        return cls(model, options.reader(), threshold=threshold, twins=twins)

    def predict(
        self, photo: Path | str | np.ndarray, *, top: int = 2, order: str = "bgr"
    ) -> Answer:
        """Names every face in a photo, left to right.

        Args:
            photo: a file, or a uint8 array: (h, w) grey or (h, w, 3) colour.
            top: how many candidates to give for each face.
            order: of an array's colours, ``bgr`` or ``rgb``.

        Raises:
            PhotoError: an array of another kind.
        """
        if isinstance(photo, np.ndarray):
            return self.name(self.reader.read_photo(Photo.from_array(photo, order)), top=top)
        return self.name(self.reader.read(Path(photo)), top=top)

    def predict_all(
        self, photos: Sequence[Path], *, top: int = 2, progress: Progress = no_progress
    ) -> list[Answer]:
        """Names every face in many photos, on all cores; the answers are in the photos' order."""
        return [self.name(reading, top=top) for reading in self.reader.read_all(photos, progress)]

    def name(self, reading: Reading, *, top: int = 2) -> Answer:
        """Names the faces of a reading made by `reader`."""
        candidates = [self._candidates(encoding, top) for encoding in reading.encodings]
        best = [(likeliest[0].name, likeliest[0].probability) for likeliest in candidates]
        acceptance = ProbabilityThreshold(0.0 if self.threshold is None else self.threshold)
        decisions = decide(best, acceptance, twins=self.twins)
        faces = tuple(
            Prediction(
                box=encoding.face.box,
                found_by=encoding.face.found_by,
                name=decision.name,
                probability=likeliest[0].probability,
                threshold=self.threshold,
                candidates=likeliest,
                conflict=decision.conflict,
                counts_strangers=self.model.familiarity is not None,
            )
            for encoding, likeliest, decision in zip(
                reading.encodings, candidates, decisions, strict=True
            )
        )
        return Answer(reading.path, faces, reading.reason, reading.detail)

    def _candidates(self, encoding: Encoding, top: int) -> tuple[Candidate, ...]:
        chances = self.model.probabilities(encoding.vector[None])[0]
        order = np.argsort(-chances)[: max(top, 1)]
        return tuple(Candidate(self.model.people[i], float(chances[i])) for i in order)


def predict(
    photos: Sequence[Path | str] | Path | str,
    *,
    model: Path | str = defaults.MODEL,
    top: int = 2,
    threshold: float | None = None,
    twins: bool = False,
    reading: ReadingOptions = ReadingOptions(),
    progress: Progress = no_progress,
) -> list[Answer]:
    """Names every face in one or more photos.

    Args:
        photos: files, and folders of them.
        model: the model file.
        top: how many candidates to give for each face.
        threshold: probability below which a face is unknown; None for that of the model.
        twins: whether one person may be in a photo twice (mirrors, collages).
        reading: how photos are read, but for the encoder, which the model knows. Nothing is
            remembered of the photos unless it has a cache.
        progress: is told how many photos are read, of how many.

    Raises:
        ModelError: the model file is missing, broken, or of another recipe.
        FolderError: a folder without photos.

    >>> predict("faces/zelda/004.jpg")[0].faces[0].name
    'zelda'
    """
    paths = [Path(photos)] if isinstance(photos, (str, Path)) else [Path(p) for p in photos]
    recognizer = Recognizer.load(model, reading, threshold=threshold, twins=twins)
    from face2vec.photos.folders import photos_in  # arrays need no folders

    return recognizer.predict_all(photos_in(paths), top=top, progress=progress)
