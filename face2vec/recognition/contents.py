"""What must hold of a model file's contents, whoever wrote them: checked before any of it is used.

Sizes are compared with what the file really holds before memory is taken for them, numbers must be
numbers, and the parts must fit each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from face2vec.recognition.classifiers import (
    Classifier,
    EmbeddingClassifier,
    KnnClassifier,
    RatioClassifier,
)
from face2vec.recognition.known_people import KnownPeople

if TYPE_CHECKING:
    from face2vec.recognition.model import Model

MOST_BYTES = 256_000_000  # of a model file
MOST_BESIDE = 100_000_000  # bytes that reading one takes beside its arrays
LONGEST_NAME = 1000  # letters
MOST_FITS = 1000  # that a recipe may ask for
_KINDS = "fiuS"  # of arrays: numbers and ASCII letters


def array(group: h5py.Group, name: str) -> np.ndarray:
    """Reads an array whose declared size the file really holds.

    Raises:
        ValueError: it is no array of plain numbers, or it lies elsewhere, or only in part here.
    """
    data = _dataset(group, name)
    if data.dtype.kind not in _KINDS or data.ndim > 2:
        raise ValueError(f"{name} is of type {data.dtype} and shape {data.shape}")
    plain = data.chunks is None and data.compression is None and not data.is_virtual
    if not plain or data.external or data.id.get_storage_size() != data.nbytes:
        raise ValueError(f"{name} declares {data.nbytes} bytes that it does not hold")
    values = np.asarray(data[()])
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError(f"{name} holds NaN or infinity")
    return values


def about(file: h5py.File) -> dict[str, Any]:
    """Reads the JSON that says what the file is.

    Raises:
        ValueError: it is no JSON object, or holds NaN.
    """
    data = _dataset(file, "about")
    if data.shape != () or h5py.check_string_dtype(data.dtype) is None:
        raise ValueError("what it says about itself is no text")
    try:
        values = json.loads(data[()], parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("what it says about itself has no end") from error
    if not isinstance(values, dict):
        raise ValueError("what it says about itself is no JSON object")
    return values


def check(model: Model) -> None:
    """Checks that the parts of a model fit each other.

    Raises:
        ValueError: they do not.
    """
    _expect(
        len(model.people) > 1 and all(_is_name(name) for name in model.people),
        "the names of two people or more",
    )
    _expect(len(set(model.people)) == len(model.people), "a name for each person")
    for part in ("recipe", "scores", "made"):
        _expect(isinstance(getattr(model, part), dict), f"an object for its {part}")
    _expect(all(isinstance(digest, str) for digest in model.photos), "digests of photos")
    of_whom = (digest for digests in (model.photos_of or {}).values() for digest in digests)
    _expect(all(isinstance(digest, str) for digest in of_whom), "digests of somebody's photos")
    _expect(isinstance(model.retrain, str), "text for why it should be trained again")
    _expect(_is_number(model.threshold, 0, 1) or model.threshold is None, "a threshold of 0 to 1")
    length = _length_of_vectors(model.recipe)
    _check_classifier(model.classifier, len(model.people), length)
    if model.familiarity is not None:
        _check_familiarity(model, length)


def _dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name} lies in another place")
    data = group[name]
    if not isinstance(data, h5py.Dataset):
        raise ValueError(f"{name} is no array")
    return data


def _no_number(constant: str) -> float:
    raise ValueError(f"it holds {constant}, which is no number")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"expected {what}")


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_NAME


def _is_number(value: object, least: float, most: float) -> bool:
    return (
        isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
    )


def _length_of_vectors(recipe: Mapping[str, Any]) -> int | None:
    encoder = recipe.get("encoder")
    if not isinstance(encoder, dict) or not isinstance(encoder.get("name"), str):
        raise ValueError("expected the recipe of an encoder")
    for option in ("fits", "jitter"):
        counts = isinstance(encoder.get(option, 1), int)
        few = _is_number(encoder.get(option, 1), 1, MOST_FITS)
        _expect(counts and few, f"a number of {option}")
    length = encoder.get("length")
    _expect(length is None or _is_number(length, 1, 1e6), "a length of vectors")
    return length


def _check_classifier(classifier: Classifier, people: int, length: int | None) -> None:
    if isinstance(classifier, KnnClassifier):
        labels, width = classifier.labels, classifier.vectors.shape[1]
        _expect(classifier.people == people, "a classifier of as many people as there are names")
        _expect(1 <= classifier.neighbours <= len(labels), "neighbours that are there")
        known = labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < people
        _expect(bool(known), "labels of the people")
    elif isinstance(classifier, RatioClassifier):
        width = _check_people(classifier.people, people)
        _expect(0 < classifier.temperature < np.inf, "a temperature above 0")
    else:
        _expect(len(classifier.layers) > 0, "layers")
        width, last = _check_layers(classifier.layers)
        if isinstance(classifier, EmbeddingClassifier):
            _expect(classifier.centres.shape == (people, last), "a centre for each person")
            _expect(0 < classifier.sharpness < np.inf, "a sharpness above 0")
        else:
            _expect(last == people, "as many outputs as people")
            _expect(classifier.layers[-1].activation == "softmax", "a softmax at the end")
    _expect(length in (None, width), f"inputs of {length} numbers")


def _check_layers(layers: tuple[Any, ...]) -> tuple[int, int]:
    """Returns how many numbers go in and come out."""
    for one, following in pairwise(layers):
        _expect(one.kernel.shape[1] == following.kernel.shape[0], "layers that fit each other")
    for layer in layers:
        finite = np.isfinite(layer.kernel).all() and np.isfinite(layer.bias).all()
        _expect(layer.kernel.dtype.kind == layer.bias.dtype.kind == "f", "numbers for weights")
        _expect(bool(finite), "weights without NaN or infinity")
    return layers[0].kernel.shape[0], layers[-1].kernel.shape[1]


def _check_familiarity(model: Model, length: int | None) -> None:
    known = model.familiarity
    assert known is not None
    width = _check_people(known.people, len(model.people))
    _expect(length in (None, width), f"inputs of {length} numbers")
    _expect(_is_number(known.middle, -1e9, 1e9), "a ratio of one half")
    _expect(_is_number(known.width, 1e-12, 1e9), "a width above 0")


def _check_people(known: KnownPeople, people: int) -> int:
    """Returns how many numbers go in."""
    _expect(len(known.photos) == people, "a mean for each person")
    counts = known.photos.dtype.kind in "iu" and known.photos.min() >= 0
    _expect(bool(counts and known.photos.max() > 0), "numbers of photos")
    _expect(bool(np.isfinite(known.means).all()), "means without NaN or infinity")
    return len(known.ratio.matrix)
