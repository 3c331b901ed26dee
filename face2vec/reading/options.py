"""How photos are read, said in one object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from face2vec import defaults
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import landmark_model
from face2vec.encoders.registry import make_encoder
from face2vec.errors import OptionError
from face2vec.reading.reader import Reader
from face2vec.records import SUBJECTS

if TYPE_CHECKING:
    from face2vec.encoders.network_input import NetworkInput


@dataclass(frozen=True)
class ReadingOptions:
    """How photos are read.

    Attributes:
        encoder: name of the encoder; None for the one that is meant: that of a model or gallery,
            `landmarks` for a training, `resnet` for a new gallery.
        fits: how often `landmarks` fits a face's points; it takes their mean.
        prior: another prior file than the shipped one.
        jitter: chips of each face whose vectors `resnet` averages.
        weights: for `facenet`: the Keras model; for `onnx`: the network; for `embedding`: the
            model file of a training with the objective ``triplet``.
        network_input: for `onnx`: what is not as the JSON file beside the network has it.
        cache: folder that remembers faces and vectors; None to remember nothing.
        detector: how faces are found, ``ladder`` or ``cnn``.
        min_face: pixels of the side of the smallest face that counts.
        landmark_model: another 68-point model file than that of `face_recognition_models`; or
            ``Path("5")`` for dlib's model of five points.
        workers: processes for many photos; None for one a core.
        max_bytes: of a file; a larger one is not read.
        subject: which face is meant in a photo of one person that shows several: the ``largest``,
            unless another is about as large, the ``central`` one, or none but an ``only`` one.

    >>> ReadingOptions(encoder="resnet").reader().encoder.name
    'resnet'
    """

    encoder: str | None = None
    fits: int = defaults.FITS
    prior: Path | None = None
    jitter: int = defaults.JITTER
    weights: Path | None = None
    network_input: NetworkInput | None = None
    cache: Path | None = None
    detector: str = defaults.DETECTOR
    min_face: int = defaults.MIN_FACE
    landmark_model: Path | None = None
    workers: int | None = None
    max_bytes: int = defaults.MAX_BYTES
    subject: str = defaults.SUBJECT

    def but(self, **changes: Any) -> ReadingOptions:
        """Returns the options with some of them changed."""
        return replace(self, **changes)

    def reader(self) -> Reader:
        """Returns a reader of photos.

        Raises:
            OptionError: there is no such encoder or detector, or it cannot take these options.
        """
        points = landmark_model(self.landmark_model)
        finder = Detector(points, self.detector, self.min_face)
        encoder = make_encoder(
            self.encoder or defaults.ENCODER,
            points,
            self.fits,
            self.prior,
            jitter=self.jitter,
            weights=self.weights,
            network_input=self.network_input,
        )
        if self.subject not in SUBJECTS:
            raise OptionError(
                f"there is no subject {self.subject!r}: choose one of {', '.join(SUBJECTS)}."
            )
        cache = None
        if self.cache is not None:
            from face2vec.reading.cache import Cache

            cache = Cache(self.cache)
        return Reader(finder, encoder, cache, self.workers, self.max_bytes, self.subject)


REMEMBERING = ReadingOptions(cache=defaults.CACHE)
