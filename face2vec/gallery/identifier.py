"""The identifier: a gallery and photos in; names, distances or "unknown" out.

`Recognizer` knows whom its model was trained on; an `Identifier` knows whom somebody enrolled, and
learns and forgets people without training.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from face2vec.detection.detector import DEFAULT_DETECTOR
from face2vec.encoders.registry import EMBEDDING, options_of
from face2vec.errors import GalleryError, NoFaceError, PhotoError
from face2vec.gallery.gallery import (
    DEFAULT_FMR,
    ENOUGH_FACES,
    ENOUGH_PEOPLE,
    Calibrations,
    Enrolment,
    Gallery,
    calibrated,
)
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.store import DEFAULT_URL, Person, Store, open_store
from face2vec.photos.folders import label_photos
from face2vec.photos.photo import list_photos
from face2vec.reading.reader import Progress, Reader, make_reader, no_progress
from face2vec.records import Encoding, Identification, Neighbour, Reading, Reason, Verification

DEFAULT_ENCODER = "resnet"  # a door must not be opened by geometry alone


class Identifier:
    """Verifies, enrols, identifies and forgets people.

    Nothing is remembered of the photos unless a cache is given.

    Args:
        gallery: URL of the gallery. It is opened at the first use.
        create: make the gallery where there is none.
        encoder: name of the encoder; None for that of the gallery, or `resnet` for a new one.
        jitter: for a new gallery: chips of each face whose vectors `resnet` averages.
        threshold: distance up to which two faces count as one person's; None for the calibrated
            one.
        cache: folder that remembers faces and vectors; None to remember nothing.
        detector: how faces are found, ``ladder`` or ``cnn``.
        min_face: pixels of the side of the smallest face that counts.
        landmark_model: another 68-point model file; it must be that of the enrolment.
        prior: another prior file than the shipped one; it must be that of the enrolment.
        weights: for the encoder `facenet`: the Keras model; for `embedding`: the model file of a
            training with the objective ``triplet``.
        workers: processes for many photos; None for one a core.
    """

    def __init__(
        self,
        gallery: str = DEFAULT_URL,
        *,
        create: bool = False,
        encoder: str | None = None,
        jitter: int = 1,
        threshold: float | None = None,
        cache: Path | None = None,
        detector: str = DEFAULT_DETECTOR,
        min_face: int = 0,
        landmark_model: Path | None = None,
        prior: Path | None = None,
        weights: Path | None = None,
        workers: int | None = None,
    ) -> None:
        self.url = gallery
        self.create = create
        self.encoder = encoder
        self.jitter = jitter
        self.threshold = threshold
        self.cache = cache
        self.detector = detector
        self.min_face = min_face
        self.landmark_model = landmark_model
        self.prior = prior
        self.weights = weights
        self.workers = workers

    @cached_property
    def store(self) -> Store:
        """The store behind the URL.

        Raises:
            GalleryError: it is missing, or of another kind.
        """
        return open_store(self.url, create=self.create)

    @cached_property
    def reader(self) -> Reader:
        """Reads photos as those of the gallery were read.

        Raises:
            GalleryError: there is no gallery.
            OptionError: there is no such encoder.
        """
        kept = (self.store.recipe or {}).get("encoder", {})
        encoder = self.encoder or kept.get("name", DEFAULT_ENCODER)
        reading = {
            "cache": self.cache,
            "detector": self.detector,
            "min_face": self.min_face,
            "landmark_model": self.landmark_model,
            "prior": self.prior,
            "workers": self.workers,
        }
        if encoder == EMBEDDING:
            from face2vec.recognition.learnt_encoder import (
                embedded_reader,  # reads model files: h5py takes its time
            )

            return embedded_reader(self.weights, **reading)
        options = options_of(kept) if encoder == kept.get("name") else {"jitter": self.jitter}
        return make_reader(encoder, **options, weights=self.weights, **reading)

    @cached_property
    def gallery(self) -> Gallery:
        """The enrolled people.

        Raises:
            GalleryError: the gallery is missing, or was made with another encoder.
        """
        return Gallery(self.store, self.reader.vector_recipe, self.threshold)

    def people(self) -> list[Person]:
        """Returns the enrolled people, sorted by name."""
        return self.store.people()

    def enrol(
        self, name: str, photos: Sequence[Path], progress: Progress = no_progress
    ) -> Enrolment:
        """Adds photos, or all photos of folders, to a person.

        Raises:
            GalleryError: see `gallery`; a name that is none.
            FolderError: a folder without photos.
        """
        return self.gallery.enrol(name, self.reader.read_all(photos_in(photos), progress))

    def enrol_folder(self, folder: Path, progress: Progress = no_progress) -> list[Enrolment]:
        """Adds everybody in a folder of labelled photos: a folder a person, or names in file names.

        Raises:
            GalleryError: see `gallery`.
            FolderError: the folder is missing or holds no photos.
        """
        labelled = label_photos(Path(folder))
        readings = self.reader.read_all(labelled.paths, progress)
        return [
            self.gallery.enrol(name, _of(name, labelled.names, readings))
            for name in labelled.people
        ]

    def identify(
        self,
        photos: Sequence[Path],
        *,
        count: int = 2,
        twins: bool = False,
        progress: Progress = no_progress,
    ) -> list[Identification]:
        """Names every face in photos, or in all photos of folders, or says that it is unknown.

        Args:
            count: how many people to give for each face, nearest first.
            twins: whether one person may be in a photo twice (mirrors, collages).

        Raises:
            GalleryError: see `gallery`; no threshold is known.
        """
        readings = self.reader.read_all(photos_in(photos), progress)
        return self.gallery.identify(readings, count=count, twins=twins)

    def distances(self, photo: Path, count: int | None = None) -> list[Neighbour]:
        """Returns how far the largest face in a photo is from everybody enrolled, nearest first.

        Args:
            count: how many people to give; None for all.

        Raises:
            GalleryError: see `gallery`.
            NoFaceError, PhotoError: the photo has no face, or cannot be read.
        """
        vector = largest_face(self.reader.read(photo)).vector
        return self.gallery.store.nearest(vector[None], count)[0]

    def verify(self, photo: Path, name: str) -> Verification:
        """Says whether the largest face in a photo is that of an enrolled person.

        Raises:
            GalleryError: see `gallery`; nobody of this name is enrolled; no threshold is known.
            NoFaceError, PhotoError: the photo has no face, or cannot be read.
        """
        return self.gallery.verify(largest_face(self.reader.read(photo)), name)

    def compare(self, one: Path, other: Path) -> Verification:
        """Says whether the largest faces of two photos are of one person.

        The gallery is asked for its threshold only: `NO_GALLERY` will do, which knows none.

        Raises:
            GalleryError: see `gallery`; no threshold is known.
            NoFaceError, PhotoError: a photo has no face, or cannot be read.
        """
        faces = [largest_face(self.reader.read(photo)) for photo in (one, other)]
        return self.gallery.compare(*faces)

    def calibrate(
        self, folder: Path, fmr: float = DEFAULT_FMR, progress: Progress = no_progress
    ) -> Calibrations:
        """Calibrates the gallery's thresholds on a folder of labelled photos, and keeps them.

        Raises:
            GalleryError: see `gallery`; too few people or faces.
            FolderError: the folder is missing or holds no photos.
        """
        labelled = label_photos(Path(folder))
        readings = self.reader.read_all(labelled.paths, progress)
        readings = [reading.for_one_person() for reading in readings]
        people = PeopleMatrix.of_people({
            name: [r.largest.vector for r in _of(name, labelled.names, readings) if r.encodings]
            for name in labelled.people
        })
        made = calibrated(people.people(), people, fmr, self.gallery.highest, str(folder))
        if made is None:
            raise GalleryError(
                f"{folder} is too small to calibrate on: at least {ENOUGH_PEOPLE} people and "
                f"{ENOUGH_FACES} faces are needed, and there are {len(people.names)} and "
                f"{len(people.vectors)}."
            )
        self.gallery.keep(made)
        return made


def photos_in(places: Sequence[Path]) -> list[Path]:
    """Returns the photos among files and folders, in their order.

    Raises:
        FolderError: a folder without photos.
    """
    photos: list[Path] = []
    for place in map(Path, places):
        photos += list_photos(place) if place.is_dir() else [place]
    return photos


def largest_face(reading: Reading) -> Encoding:
    """Returns the largest face of a photo.

    Raises:
        NoFaceError: there is none, or another one is about as large.
        PhotoError: the photo cannot be read.
    """
    reading = reading.for_one_person()
    if reading.reason is Reason.UNREADABLE:
        raise PhotoError(reading.detail)
    if reading.reason is Reason.SEVERAL_FACES:
        raise NoFaceError(f"{reading.detail}.")
    if reading.reason is not None:
        raise NoFaceError(
            f"{reading.detail}: take one with the face larger, brighter or seen from the front."
        )
    return reading.largest


def _of(name: str, names: Sequence[str], readings: Sequence[Reading]) -> list[Reading]:
    return [reading for of, reading in zip(names, readings, strict=True) if of == name]
