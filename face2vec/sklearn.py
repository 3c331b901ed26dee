"""Photos in a pipeline of scikit-learn: a transformer from each photo to its face's vector."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin

from face2vec import defaults
from face2vec.errors import NoFaceError, OptionError, PhotoError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.reading.reader import Reader
from face2vec.records import Reading

WITHOUT_FACE = ("nan", "error")
SHOWN = 3  # photos without a face that a warning names


class FaceEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Encodes the largest face of each photo.

    Photos are paths, or uint8 arrays, (h, w, 3) with red first or (h, w) grey. A photo without a
    face, with two faces of like size, or that cannot be read, gives a row of NaN and one warning
    for all of them; drop these rows, or put `sklearn.impute.SimpleImputer` behind. With
    ``without_face="error"`` the first one raises. Nothing is learnt: `fit` looks at no photo.

    Args:
        encoder: how a face becomes a vector: ``resnet``, ``landmarks``, ``nose-tip``, ``pixels``,
            ``facenet`` or ``onnx``.
        without_face: ``nan`` or ``error``.
        weights: the model file of ``facenet`` and ``onnx``.
        cache: folder that remembers what was found in files; None to remember nothing.
        detector: ``ladder`` or ``cnn``.
        min_face: pixels of the side of the smallest face that counts.
        workers: processes for many files; None for one a core.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> photos = [f"faces/{name}/00{n}.jpg" for name in ("greta", "keiko") for n in (1, 2)]
    >>> people = ["greta", "greta", "keiko", "keiko"]
    >>> pipeline = make_pipeline(FaceEncoder(), KNeighborsClassifier(1)).fit(photos, people)
    >>> pipeline.predict(["faces/keiko/003.jpg"])
    array(['keiko'], dtype='<U5')
    """

    def __init__(
        self,
        encoder: str = defaults.GALLERY_ENCODER,
        *,
        without_face: str = "nan",
        weights: str | Path | None = None,
        cache: str | Path | None = None,
        detector: str = defaults.DETECTOR,
        min_face: int = defaults.MIN_FACE,
        workers: int | None = 1,
    ) -> None:
        self.encoder = encoder
        self.without_face = without_face
        self.weights = weights
        self.cache = cache
        self.detector = detector
        self.min_face = min_face
        self.workers = workers

    def fit(self, X: Sequence[Any] | np.ndarray, y: object = None) -> FaceEncoder:
        """Learns nothing; makes sure that the options go together.

        Raises:
            OptionError: they do not.
        """
        self.n_vector_ = int(self._reader().encoder.recipe["length"])
        return self

    def transform(self, X: Sequence[Any] | np.ndarray) -> np.ndarray:
        """Encodes photos.

        Args:
            X: n paths or arrays, or one array (n, h, w) or (n, h, w, 3).

        Returns:
            (n, d) float32, NaN where there is no face.

        Raises:
            NoFaceError: a photo has no face, with ``without_face="error"``.
            PhotoError: an array is no photo.
            OptionError: the options do not go together.
        """
        reader = self._reader()
        readings = [reading.for_one_person() for reading in _read(reader, _photos(X))]
        self._say(readings)
        vectors = np.full((len(readings), reader.encoder.recipe["length"]), np.nan, np.float32)
        for row, reading in zip(vectors, readings, strict=True):
            if reading.encodings:
                row[:] = reading.largest.vector
        return vectors

    def _reader(self) -> Reader:
        if self.without_face not in WITHOUT_FACE:
            raise OptionError(
                f"there is no without_face={self.without_face!r}: choose "
                f"{' or '.join(map(repr, WITHOUT_FACE))}."
            )
        return ReadingOptions(
            encoder=self.encoder,
            weights=None if self.weights is None else Path(self.weights),
            cache=None if self.cache is None else Path(self.cache),
            detector=self.detector,
            min_face=self.min_face,
            workers=self.workers,
        ).reader()

    def _say(self, readings: Sequence[Reading]) -> None:
        """Warns of photos without a face, or raises.

        Raises:
            NoFaceError: see `transform`.
        """
        without = [
            f"{reading.detail} (number {index})"
            for index, reading in enumerate(readings)
            if reading.reason is not None
        ]
        if not without:
            return
        if self.without_face == "error":
            raise NoFaceError(f"{without[0]}: leave it out, or use without_face='nan'.")
        more = f" and {len(without) - SHOWN} more" if len(without) > SHOWN else ""
        warnings.warn(
            f"rows of NaN for {len(without)} of {len(readings)} photos: "
            f"{'; '.join(without[:SHOWN])}{more}",
            stacklevel=3,
        )

    @property
    def _n_features_out(self) -> int:
        """What `get_feature_names_out` counts."""
        return self.n_vector_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.input_tags.three_d_array = True
        tags.requires_fit = False
        tags.no_validation = True
        return tags


def _photos(photos: Sequence[Any] | np.ndarray) -> list[Any]:
    if isinstance(photos, str | Path):
        raise PhotoError(f"expected a list of photos, got {photos!r}: put it in brackets.")
    return list(photos)


def _read(reader: Reader, photos: Sequence[Any]) -> Iterable[Reading]:
    """Reads files together, arrays one by one."""
    paths = [Path(photo) for photo in photos if isinstance(photo, str | Path)]
    of_paths = iter(reader.read_all(paths))
    for photo in photos:
        if isinstance(photo, str | Path):
            yield next(of_paths)
        else:
            array = Photo.from_array(np.ascontiguousarray(photo), order="rgb")
            yield reader.read_photo(array, Path("array"))
