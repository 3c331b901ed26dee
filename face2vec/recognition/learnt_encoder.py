"""An embedding that was learnt by `train --objective triplet`, as an encoder for galleries.

People whom the training has never seen can be enrolled in it and compared.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from face2vec.assets import fingerprint
from face2vec.encoders.registry import EMBEDDING, Encoder
from face2vec.errors import ModelError, OptionError
from face2vec.photos.photo import Photo
from face2vec.reading.reader import Reader
from face2vec.recognition.classifiers import EmbeddingClassifier
from face2vec.recognition.recognizer import Recognizer
from face2vec.records import Face


class EmbeddedEncoder:
    """Another encoder's vectors, taken through a learnt embedding: 128 numbers of unit length.

    Args:
        encoder: makes the vectors that the embedding was learnt from.
        embedding: as a model file holds it.
        file: digest of that file.
    """

    name = EMBEDDING
    whitened = True

    def __init__(self, encoder: Encoder, embedding: EmbeddingClassifier, file: str) -> None:
        self.encoder = encoder
        self.embedding = embedding
        self.file = file

    @property
    def recipe(self) -> dict[str, object]:
        return {
            "name": self.name,
            "version": 1,
            "length": self.embedding.centres.shape[1],
            "file": self.file,
            "of": self.encoder.recipe,
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        vectors = self.encoder.encode(photo, faces)
        return self.embedding.embed(vectors).astype(np.float32).reshape(len(faces), -1)


def embedded_reader(model: Path | None, **reading: object) -> Reader:
    """Returns a reader whose vectors are those of a learnt embedding.

    Args:
        model: a file that `train --objective triplet` wrote.
        reading: how photos are read; see `reading.make_reader`.

    Raises:
        OptionError: no file is given.
        ModelError: the file is missing or broken, or holds no embedding.
    """
    if model is None:
        raise OptionError(
            "--encoder embedding needs the model file of 'face2vec train --objective triplet': "
            "give it with --weights."
        )
    trained = Recognizer(model, **reading)
    embedding = trained.model.classifier
    if not isinstance(embedding, EmbeddingClassifier):
        raise ModelError(
            f"{model} holds no embedding: "
            "make one with 'face2vec train FOLDER --objective triplet'."
        )
    inner = trained.reader
    encoder = EmbeddedEncoder(inner.encoder, embedding, fingerprint(model))
    return Reader(inner.detector, encoder, inner.cache, inner.workers)
