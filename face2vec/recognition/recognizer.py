"""The recogniser: a model file and photos in, names out. No TensorFlow is needed for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from face2vec.conflicts import once_each
from face2vec.encoders.registry import difference, options_of
from face2vec.errors import ModelError
from face2vec.photos.photo import Photo
from face2vec.reading.reader import Progress, Reader, make_reader, no_progress
from face2vec.recognition.model import DEFAULT_MODEL, Model
from face2vec.records import Answer, Candidate, Encoding, Prediction, Reading

logger = logging.getLogger(__name__)


class Recognizer:
    """Names the faces in photos with a trained model.

    Nothing is remembered of the photos unless a cache is given.

    Args:
        model: a model file, or the model itself. It is read at the first use.
        threshold: probability below which a face is unknown; None for that of the model.
        twins: whether one person may be in a photo twice (mirrors, collages).
        reading: how photos are read, but for the encoder, which the model knows; see
            `reading.make_reader`. `prior`, `landmark_model` and `weights` must be those of the
            training.
    """

    def __init__(
        self,
        model: Path | Model = DEFAULT_MODEL,
        *,
        threshold: float | None = None,
        twins: bool = False,
        **reading: object,
    ) -> None:
        self._model = model
        self.threshold = threshold
        self.twins = twins
        self.reading = reading

    @cached_property
    def model(self) -> Model:
        """The model.

        Raises:
            ModelError: the file is missing or cannot be read.
        """
        if isinstance(self._model, Model):
            return self._model
        model = Model.load(self._model)
        if model.retrain:
            logger.warning("the model %s is to be trained again: %s", self._model, model.retrain)
        return model

    @cached_property
    def reader(self) -> Reader:
        """Reads photos as the model's training photos were read.

        Raises:
            ModelError: the model is of a recipe that this version cannot honour.
        """
        wanted = self.model.recipe
        reader = make_reader(
            wanted["encoder"]["name"], **options_of(wanted["encoder"]), **self.reading
        )
        if any(wanted.get(part) != recipe for part, recipe in reader.vector_recipe.items()):
            raise ModelError(
                f"the model was trained with {difference(wanted, reader.vector_recipe)}: "
                "give that, or train again with 'face2vec train FOLDER'."
            )
        return reader

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
            ModelError: see `model` and `reader`.
        """
        if isinstance(photo, np.ndarray):
            return self.name(self.reader.read_photo(Photo.from_array(photo, order)), top=top)
        return self.name(self.reader.read(Path(photo)), top=top)

    def predict_all(
        self, photos: Sequence[Path], *, top: int = 2, progress: Progress = no_progress
    ) -> list[Answer]:
        """Names every face in many photos, on all cores; the answers are in the photos' order.

        Raises:
            ModelError: see `model` and `reader`.
        """
        return [self.name(reading, top=top) for reading in self.reader.read_all(photos, progress)]

    def name(self, reading: Reading, *, top: int = 2) -> Answer:
        """Names the faces of a reading made by `reader`."""
        faces = tuple(self._name(encoding, top) for encoding in reading.encodings)
        if not self.twins:
            faces = once_each(faces, key=lambda face: -face.probability)
        return Answer(reading.path, faces, reading.reason, reading.detail)

    def _name(self, encoding: Encoding, top: int) -> Prediction:
        chances = self.model.probabilities(encoding.vector[None])[0]
        order = np.argsort(-chances)[: max(top, 1)]
        candidates = tuple(Candidate(self.model.people[i], float(chances[i])) for i in order)
        threshold = self.model.threshold if self.threshold is None else self.threshold
        known = threshold is None or candidates[0].probability >= threshold
        return Prediction(
            box=encoding.face.box,
            found_by=encoding.face.found_by,
            name=candidates[0].name if known else None,
            probability=candidates[0].probability,
            threshold=threshold,
            candidates=candidates,
        )
