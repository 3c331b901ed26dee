"""The model file: one HDF5 file that knows what it is.

It holds the classifier's arrays and layer list, the people's names, the recipe of the encoding,
the held-out scores, the digests of the photos it was trained on, the date and the versions of the
packages that made it. No pickle is in it. It is read with h5py and numpy alone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from face2vec import files
from face2vec.decisions import ALWAYS, ProbabilityThreshold
from face2vec.errors import FolderError, ModelError
from face2vec.files import read_regular, write_atomically
from face2vec.recognition.classifiers import CLASSIFIERS, Classifier
from face2vec.recognition.known_people import Familiarity, KnownPeople
from face2vec.records import Recipe
from face2vec.text import shown

FORMAT = "face2vec model"
VERSION = 3
_SEAL_BLOCK = 512  # bytes before the HDF5 content, which every HDF5 library skips


@dataclass(frozen=True, eq=False)
class Model:
    """A trained classifier with all that is needed to use it and to know how far to trust it.

    Attributes:
        people: the names, in the order of the classifier's answers.
        classifier: dense, ratio, svm, knn, centroid or embedding.
        recipe: what the vectors depend on: ``{"landmarks": ..., "encoder": ...}``.
        scores: the held-out figures of the recipe on the training folder.
        photos: the digests of the photos it was trained on, sorted.
        photos_of: the digests of all photos in the training folder by the name they are labelled
            with, those of people who were left out and those without a face too, so that somebody
            can be forgotten; None in files of before, where that is not known.
        made: the date, the versions of the packages, and the settings.
        threshold: the probability below which the answer is unknown; None where none is set.
        familiarity: tells strangers from the people; None where there were too few to learn it.
        calibration: how the threshold was found, and how far it can be trusted; None as above.
        retrain: why the model should be trained again; empty where it need not.
    """

    people: tuple[str, ...]
    classifier: Classifier
    recipe: Mapping[str, Recipe]
    scores: dict[str, object] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    photos_of: Mapping[str, tuple[str, ...]] | None = None
    made: dict[str, Any] = field(default_factory=dict)
    threshold: ProbabilityThreshold | None = None
    familiarity: Familiarity | None = None
    calibration: dict[str, object] | None = None
    retrain: str = ""

    @property
    def acceptance(self) -> ProbabilityThreshold:
        """What a probability must reach for a name; where no threshold is set, all do."""
        return ALWAYS if self.threshold is None else self.threshold

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people): how likely each face is known, and each person's; at most 1 a row.

        Args:
            vectors: (n, d) float32.
        """
        chances = self.classifier.probabilities(vectors)
        if self.familiarity is None:
            return chances
        known = self.familiarity.of(vectors, chances.argmax(axis=1))
        return np.asarray(chances * known[:, None])

    def without(self, name: str, photos: Collection[str]) -> Model:
        """Returns the model without a person and the digests of their photos.

        Where the classifier's other parts have learnt from those photos too, the model says that
        it is to be trained again.

        Args:
            name: of somebody it names, or who was left out of the training.
            photos: digests; those that are of another person as well stay.
        """
        photos_of = self.photos_of and {
            person: digests for person, digests in self.photos_of.items() if person != name
        }
        of_others = {digest for digests in (photos_of or {}).values() for digest in digests}
        left = tuple(one for one in self.photos if one not in photos or one in of_others)
        others = replace(self, photos=left, photos_of=photos_of)
        if name not in self.people:
            return others
        index = self.people.index(name)
        apart = self.classifier.separable and self.familiarity is None
        why = "" if apart else "somebody whom it learnt from was forgotten"
        return replace(
            others,
            people=self.people[:index] + self.people[index + 1 :],
            classifier=self.classifier.without(index),
            scores={},
            familiarity=self.familiarity and self.familiarity.without(index),
            retrain=self.retrain or why,
        )

    def is_like(self, other: Model) -> bool:
        """Says whether another model, made anew of the same photos, is as good as this one.

        Numbers may differ as one machine's arithmetic does from another's; the date and the
        versions of packages do not count.
        """
        one, two = self._arrays(), other._arrays()
        same = ("people", "recipe", "photos", "photos_of", "retrain")
        return (
            all(getattr(self, name) == getattr(other, name) for name in same)
            and self.made.get("settings") == other.made.get("settings")
            and self.scores.get("folds") == other.scores.get("folds")
            and one.keys() == two.keys()
            and all(_close(one[name], two[name]) for name in one)
            and _close(self.acceptance, other.acceptance)
        )

    def save(self, path: Path) -> None:
        """Writes the file, whole or not at all.

        Raises:
            FolderError: the folder is missing or cannot be written.
            ModelError: there are weights that are no numbers.
        """
        from face2vec.recognition import contents

        try:
            contents.check(self)
        except ValueError as error:
            raise ModelError(
                f"the training came to nothing that can be used ({error}): "
                "try other settings, or other photos."
            ) from error
        try:
            write_atomically(Path(path), self.as_bytes())
        except OSError as error:
            raise FolderError(
                f"the model cannot be written to {path} ({error.strerror}): "
                "choose another place with --model."
            ) from error

    def as_bytes(self) -> bytes:
        """Returns what `save` writes: the seal, then one HDF5 file."""
        memory = io.BytesIO()
        with h5py.File(memory, "w", userblock_size=_SEAL_BLOCK) as file:
            file.attrs["format"] = FORMAT
            file.attrs["version"] = VERSION
            file.attrs["classifier"] = self.classifier.kind
            # A dataset, as an attribute of HDF5 ends at 64 KiB.
            file["about"] = json.dumps(self._about())
            for name, array in self._arrays().items():
                file[name] = array
        data = memory.getvalue()[_SEAL_BLOCK:]
        return files.seal(data).ljust(_SEAL_BLOCK, b"\0") + data

    def _arrays(self) -> dict[str, np.ndarray]:
        arrays = {f"classifier/{name}": array for name, array in self.classifier.arrays().items()}
        if self.familiarity is not None:
            for name, array in self.familiarity.people.arrays().items():
                arrays[f"familiarity/{name}"] = array
        return arrays

    def _about(self) -> dict[str, object]:
        about: dict[str, object] = {
            "people": self.people,
            "recipe": self.recipe,
            "scores": self.scores,
            "photos": self.photos,
            "photos_of": self.photos_of,
            "made": self.made,
            "threshold": self.threshold,
            "calibration": self.calibration,
            "retrain": self.retrain,
        }
        if self.familiarity is not None:
            about["familiarity"] = {
                name: getattr(self.familiarity, name) for name in ("middle", "width")
            }
        return about

    @classmethod
    def load(cls, path: Path) -> Model:
        """Reads a model file.

        Raises:
            ModelError: there is none, it is broken, or it is of another format or version.
        """
        path = Path(path)
        if not path.is_file():
            raise ModelError(
                f"there is no model {shown(path)}: "
                f"make one with 'face2vec train FOLDER --model {shown(path)}'."
            )
        try:
            from face2vec.recognition import contents  # a model that is at hand needs no check

            data = read_regular(path, contents.MOST_BYTES)
            if not files.is_sealed(data):
                from face2vec.recognition.unsealed import sealed_bytes  # of files of before

                data = sealed_bytes(path)
            elif files.seal_is_broken(data, data[_SEAL_BLOCK:]):
                raise ValueError("it is damaged: it is not what was written")
            return cls.read(data)
        except Exception as error:  # h5py raises almost anything for a file that it cannot read
            raise ModelError(
                f"{shown(path)} is not a Face2Vec model that can be read ({shown(error)[:200]}): "
                "make a new one with 'face2vec train FOLDER'."
            ) from error

    @classmethod
    def read(cls, data: bytes) -> Model:
        """Makes the model of a file's bytes.

        Raises:
            ValueError: they are no model that this version can use. h5py raises others as well.
        """
        from face2vec.memory import limited_memory
        from face2vec.recognition import contents

        with (
            limited_memory(len(data) + contents.MOST_BESIDE),
            h5py.File(io.BytesIO(data), "r") as file,
        ):
            model = cls._from_file(file)
        contents.check(model)
        return model

    @classmethod
    def _from_file(cls, file: h5py.File) -> Model:
        from face2vec.recognition import contents

        if file.attrs.get("format") != FORMAT:
            raise ValueError("it is an HDF5 file, but not a model of Face2Vec")
        version = file.attrs["version"]
        if version != VERSION:
            raise ValueError(f"it is of model format {version}, this version reads {VERSION}")
        about = contents.about(file)
        kind = file.attrs["classifier"]
        if not isinstance(kind, str) or kind not in CLASSIFIERS:
            raise ValueError(f"it holds a classifier of unknown kind {kind!r}")
        arrays = {name: contents.array(file["classifier"], name) for name in file["classifier"]}
        return cls(
            people=tuple(about["people"]),
            classifier=CLASSIFIERS[kind].from_arrays(arrays),
            recipe=about["recipe"],
            scores=about["scores"],
            photos=tuple(about["photos"]),
            photos_of=_photos_of(about.get("photos_of")),
            made=about["made"],
            threshold=_threshold(about["threshold"]),
            familiarity=_familiarity(file, about.get("familiarity")),
            calibration=about.get("calibration"),
            retrain=about.get("retrain", ""),
        )


def _close(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    if one.dtype.kind != "f":
        return bool((one == other).all())
    return bool(np.allclose(one, other, rtol=1e-3, atol=1e-4))


def _photos_of(about: dict[str, list[str]] | None) -> dict[str, tuple[str, ...]] | None:
    return None if about is None else {name: tuple(photos) for name, photos in about.items()}


def _threshold(value: float | None) -> ProbabilityThreshold | None:
    if isinstance(value, str):
        raise ValueError("expected a number for the threshold")
    return None if value is None else ProbabilityThreshold(value)


def _familiarity(file: h5py.File, about: Mapping[str, Any] | None) -> Familiarity | None:
    if about is None:
        return None
    from face2vec.recognition import contents

    arrays = {name: contents.array(file["familiarity"], name) for name in file["familiarity"]}
    return Familiarity(KnownPeople.from_arrays(arrays), **about)
