"""An embedding that was learnt by `train --objective triplet`, as an encoder for galleries.

People whom the training has never seen can be enrolled in it and compared.
"""

from __future__ import annotations

import numpy as np

from face2vec.assets import fingerprint
from face2vec.encoders.registry import LEARNT, Encoder
from face2vec.errors import ModelError, OptionError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.reading.reader import Reader
from face2vec.recognition.classifiers import EmbeddingClassifier
from face2vec.recognition.recognizer import Recognizer
from face2vec.records import Face, Recipe


class LearntEncoder:
    """Another encoder's vectors, taken through a learnt embedding: 128 numbers of unit length.

    Args:
        encoder: makes the vectors that the embedding was learnt from.
        embedding: as a model file holds it.
        file: digest of that file.
    """

    name = LEARNT
    whitened = True
    ratio = None

    def __init__(self, encoder: Encoder, embedding: EmbeddingClassifier, file: str) -> None:
        self.encoder = encoder
        self.embedding = embedding
        self.file = file

    @property
    def recipe(self) -> Recipe:
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


def learnt_reader(options: ReadingOptions) -> Reader:
    """Returns a reader whose vectors are those of a learnt embedding.

    Args:
        options: how photos are read; `weights` is a file that `train --objective triplet` wrote.

    Raises:
        OptionError: no file is given.
        ModelError: the file is missing or broken, or holds no embedding.
    """
    if options.weights is None:
        raise OptionError(
            "--encoder embedding needs the model file of 'face2vec train --objective triplet': "
            "give it with --weights."
        )
    trained = Recognizer.load(options.weights, options.but(weights=None))
    embedding = trained.model.classifier
    if not isinstance(embedding, EmbeddingClassifier):
        raise ModelError(
            f"{options.weights} holds no embedding: "
            "make one with 'face2vec train FOLDER --objective triplet'."
        )
    inner = trained.reader
    encoder = LearntEncoder(inner.encoder, embedding, fingerprint(options.weights))
    return Reader(inner.detector, encoder, inner.cache, inner.workers, inner.max_bytes)
