"""Encoders: a face in, a vector of fixed length out; each is made here by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from face2vec import defaults
from face2vec.detection.landmarks import LandmarkModel
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import LANDMARKS, Face, Recipe

if TYPE_CHECKING:
    from face2vec.encoders.network_input import NetworkInput

if TYPE_CHECKING:  # not every encoder has one
    from face2vec.encoders.ratio import Ratio

ENCODERS = ("landmarks", "nose-tip", "resnet", "facenet", "onnx", "pixels")
GEOMETRY = ("landmarks", "nose-tip")  # encoders of the 68 landmarks
WITH_WEIGHTS = ("facenet", "onnx")
LEARNT = "embedding"  # of a model file; for galleries, see `recognition.learnt_encoder`
_OPTIONS = {  # what a recipe holds, in the words of `difference`
    "prior": "another prior (--prior)",
    "fits": "another number of fits (--fits)",
    "jitter": "another jitter (--jitter)",
    "model": "another Keras model (--weights)",
    "network": "another network (--weights)",
    "input": "another order, mean or scale of pixels (--input-order, --input-mean, --input-scale)",
    "file": "another embedding (--weights)",
}


class Encoder(Protocol):
    """Turns the faces of a photo into vectors."""

    name: str
    whitened: bool  # whether vectors are in units of how much one person's vectors vary

    @property
    def ratio(self) -> Ratio | None:
        """How much likelier vectors are of one person than of two; None where that is not known."""

    @property
    def recipe(self) -> Recipe:
        """All that the vectors depend on, besides the faces: for cache keys and model files."""

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, d) float32."""


@runtime_checkable
class ChipEncoder(Encoder, Protocol):
    """An encoder with a network, through which the chips of several photos can go together."""

    def cut(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns all that is needed of a photo, (chips, h, w, 3) uint8."""

    def encode_chips(self, cuts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Returns what `encode` gives for each photo, from what `cut` has given."""


def make_encoder(
    name: str,
    landmark_model: LandmarkModel | None = None,
    fits: int = defaults.FITS,
    prior: Path | None = None,
    *,
    jitter: int = defaults.JITTER,
    weights: Path | None = None,
    network_input: NetworkInput | None = None,
) -> Encoder:
    """Returns the encoder of this name.

    Args:
        name: one of `ENCODERS`.
        landmark_model: for the encoders that fit landmarks again; None for the usual one.
        fits: how many times they do so a face.
        prior: another prior file for `landmarks` than the shipped one, or another file of the
            ratio of likelihoods for `resnet`.
        jitter: for `resnet`: chips of each face whose vectors are averaged.
        weights: for `facenet` and `onnx`: the model file.
        network_input: for `onnx`: what is not as the JSON file beside the model file has it.

    Raises:
        OptionError: there is no encoder of this name, or it cannot take these options.
    """
    if name not in ENCODERS:
        raise OptionError(f"there is no encoder {name!r}: choose one of {', '.join(ENCODERS)}.")
    if jitter != 1 and name != "resnet":
        raise OptionError(f"--jitter is for the encoder resnet, not for {name}.")
    if weights is not None and name not in WITH_WEIGHTS:
        raise OptionError(f"--weights is for {' and '.join(WITH_WEIGHTS)}, not for {name}.")
    if network_input is not None and name != "onnx":
        raise OptionError(
            "--input-order, --input-mean and --input-scale are for the encoder onnx, not for "
            f"{name}."
        )
    if landmark_model is not None and landmark_model.points < LANDMARKS and name in GEOMETRY:
        from face2vec.detection.five_points import needs_all

        raise OptionError(needs_all(f"the encoder {name}", ", or use --encoder resnet"))
    # Imported here, as a prediction with one encoder needs nothing of the others.
    if name == "resnet":
        from face2vec.encoders.resnet import ResNetEncoder

        return ResNetEncoder(jitter, prior)
    if name == "facenet":
        from face2vec.encoders.facenet import FaceNetEncoder

        return FaceNetEncoder(weights)
    if name == "onnx":
        from face2vec.encoders.onnx import OnnxEncoder

        return OnnxEncoder(weights, network_input)
    if name == "pixels":
        from face2vec.encoders.pixels import PixelEncoder

        return PixelEncoder()
    if name == "nose-tip":
        from face2vec.encoders.nose_tip import NoseTipEncoder

        return NoseTipEncoder()
    from face2vec.encoders.landmarks import LandmarkEncoder
    from face2vec.encoders.prior import SHIPPED

    return LandmarkEncoder(landmark_model or LandmarkModel(), fits, prior or SHIPPED)


def shipped_ratio(recipe: Mapping[str, Any]) -> Ratio | None:
    """Returns the ratio of likelihoods that ships for the vectors of an encoder's recipe.

    Where they were made with a prior of the user's own, there is none.
    """
    if recipe.get("name") == "resnet":
        from face2vec.encoders.ratio import SHIPPED_FOR_RESNET, Ratio

        return Ratio.load(SHIPPED_FOR_RESNET)
    if recipe.get("name") == "landmarks":
        from face2vec.encoders.prior import Prior

        prior = Prior.load()
        return prior.ratio if prior.fingerprint == recipe.get("prior") else None
    return None


def options_of(recipe: Mapping[str, Any]) -> dict[str, int]:
    """Returns the options of `make_encoder` that a recipe, read from a file, asks for.

    Whether that makes really the same encoder, only a comparison of the whole recipes tells.
    """
    return {name: recipe[name] for name in ("fits", "jitter") if name in recipe}


def difference(kept: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    """Says what sets a kept vector recipe apart from another, and which option gives it.

    Args:
        kept: `Reader.vector_recipe`, as a model or a gallery has it.
        recipe: of the reader at hand, not the same.
    """
    if kept.get("landmarks") != recipe["landmarks"]:
        return "another landmark model (--landmark-model)"
    own, other = kept.get("encoder", {}), recipe["encoder"]
    name, version = other["name"], other["version"]
    if own.get("name") != name:
        return f"the encoder {own.get('name')}, which is not {name}"
    if own.get("version") != version:
        return f"version {own.get('version')} of the encoder {name}, not {version}"
    options = [words for part, words in _OPTIONS.items() if own.get(part) != other.get(part)]
    return options[0] if options else f"another recipe of the encoder {name}"
