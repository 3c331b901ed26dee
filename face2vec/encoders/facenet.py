"""The encoder `facenet`: a FaceNet in Keras that the user brings; none ships with Face2Vec.

Schroff, Kalenichenko, Philbin, "FaceNet: a unified embedding for face recognition and clustering",
2015. The photo is cut to 160 x 160, standardised by its own mean and deviation, and the vector is
scaled to length 1, as the well-known Keras conversions of FaceNet want it. This is the only
encoder that needs TensorFlow at prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from face2vec.assets import fingerprint
from face2vec.encoders import inception_resnet
from face2vec.encoders.chips import cut_chip
from face2vec.errors import MissingPackageError, ModelError, OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Face

CHIP = 160
PADDING = 0.25
LENGTHS = (128, 512)


class FaceNetEncoder:
    """Encodes aligned faces with a Keras model, loaded at the first face.

    Args:
        weights: the model, a ``.h5`` or ``.keras`` file: 160 x 160 x 3 in, 128 or 512 out; or the
            weights of Inception-ResNet v1 alone, ``model.h5`` beside ``model.json``.

    Raises:
        OptionError: no file is given.
    """

    name = "facenet"
    whitened = False
    ratio = None

    def __init__(self, weights: Path | None = None) -> None:
        if weights is None:
            raise OptionError(
                "the encoder facenet needs a model of yours: --weights keras-facenet.h5; "
                "none ships with Face2Vec."
            )
        # Of the pair model.json and model.h5, the weights alone are read: the JSON holds code.
        path = Path(weights)
        self.weights = path.with_suffix(".h5") if path.suffix == ".json" else path

    def __getstate__(self) -> dict[str, object]:
        return {"weights": self.weights}  # a worker loads the model itself

    @cached_property
    def recipe(self) -> dict[str, object]:
        """All that the vectors depend on, besides the faces.

        Raises:
            ModelError: the file is missing, no Keras model, or one of another shape.
        """
        return {
            "name": self.name,
            "version": 1,
            "length": self._model.output_shape[-1],
            "model": fingerprint(self.weights),
            "chip": CHIP,
            "padding": PADDING,
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, 128) or (n, 512) float32, of length 1.

        Raises:
            PhotoError: the photo cannot be decoded.
            ModelError: see `recipe`.
        """
        return self.encode_chips([self.cut(photo, faces)])[0]

    def cut(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns the chips of the faces, (n, 160, 160, 3) uint8, red first.

        Raises:
            PhotoError: the photo cannot be decoded.
        """
        chips = [
            cv2.cvtColor(cut_chip(photo.bgr, face.landmarks, CHIP, PADDING), cv2.COLOR_BGR2RGB)
            for face in faces
        ]
        return np.array(chips, dtype=np.uint8).reshape(len(chips), CHIP, CHIP, 3)

    def encode_chips(self, cuts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns what `encode` gives for each photo, from what `cut` has given.

        Raises:
            ModelError: see `recipe`.
        """
        chips = np.concatenate(cuts)
        if not len(chips):
            empty = np.empty((0, self._model.output_shape[-1]), dtype=np.float32)
            return [empty for _ in cuts]
        inputs = np.stack([standardised(chip) for chip in chips])
        vectors = np.asarray(self._model(inputs, training=False), dtype=np.float32)
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return np.split(vectors, np.cumsum([len(cut) for cut in cuts])[:-1])

    @cached_property
    def _model(self) -> Any:  # a Keras model: Keras has no types
        keras = _keras()
        if not self.weights.is_file():
            raise ModelError(f"there is no FaceNet model {self.weights}: say where with --weights.")
        if inception_resnet.is_ours_to_build(self.weights):
            return inception_resnet.load(keras, self.weights)
        try:
            model = keras.models.load_model(self.weights, compile=False, safe_mode=True)
        except Exception as error:  # Keras raises almost anything for a file that it cannot load
            raise ModelError(
                f"{self.weights} is not a model that Keras {keras.__version__} can load: "
                f"{str(error).splitlines()[0] if str(error) else type(error).__name__}"
            ) from error
        shapes = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
        inputs_fit = shapes[0] in [(None, CHIP, CHIP, 3), (None, None, None, 3)]
        if not inputs_fit or shapes[1] not in [(None, length) for length in LENGTHS]:
            raise ModelError(
                f"{self.weights} is not a FaceNet: expected {CHIP} x {CHIP} x 3 in and "
                f"128 or 512 numbers out, got {shapes[0]} in and {shapes[1]} out."
            )
        return model


def standardised(chip: np.ndarray) -> np.ndarray:
    """Returns (h, w, 3) float32 of mean 0 and deviation 1, over all pixels and colours together.

    The deviation is at least 1 / sqrt(number of values), as TensorFlow's
    `per_image_standardization` has it, so that an even surface does not blow up.
    """
    values = chip.astype(np.float64)
    deviation = max(values.std(), 1 / np.sqrt(values.size))
    return np.asarray((values - values.mean()) / deviation, dtype=np.float32)


def _keras() -> Any:
    try:
        from face2vec.backend import keras
    except ImportError as error:
        raise MissingPackageError(
            "the encoder facenet needs Keras and TensorFlow: pip install -r requirements.txt"
        ) from error
    return keras
