"""The identifier: a gallery and photos in; names, distances or "unknown" out.

`Recognizer` knows the people that its model was trained on; an `Identifier` knows those who were
enrolled, and learns and forgets people without training.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from face2vec import defaults
from face2vec.encoders.registry import LEARNT, options_of
from face2vec.errors import GalleryError, NoFaceError, PhotoError
from face2vec.gallery.calibration import ENOUGH_FACES, ENOUGH_PEOPLE, Calibrations, calibrated
from face2vec.gallery.comparison import comparison_by
from face2vec.gallery.enrolment import Confirm, Enrolment, never
from face2vec.gallery.gallery import Gallery
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.opening import open_store
from face2vec.gallery.store import Person, Store
from face2vec.photos.folders import photos_in
from face2vec.progress import Progress, no_progress
from face2vec.reading.labelled import read_folder
from face2vec.reading.options import ReadingOptions
from face2vec.reading.reader import Reader
from face2vec.records import Encoding, Identification, Neighbour, Reading, Reason, Verification
from face2vec.thresholds import Rates


class Identifier:
    """Verifies, enrols, identifies and forgets people.

    Args:
        store: where the enrolled people are kept.
        reader: reads photos as those in the store were read.
        threshold: distance up to which two faces count as one person's; None for the calibrated
            one.
        compare: ``ratio`` of likelihoods or ``euclidean`` distance; None for the first where the
            encoder has one and no threshold is given.

    Raises:
        GalleryError: the store's vectors were made with another encoder than the reader's.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> identifier = Identifier.open(f"sqlite:///{folder}/gallery.db", create=True)
    >>> identifier.enrol("Zelda", [Path("faces/zelda/001.jpg")]).added
    1
    >>> identifier.identify([Path("faces/zelda/004.jpg")])[0].faces[0].name
    'Zelda'
    """

    def __init__(
        self,
        store: Store,
        reader: Reader,
        *,
        threshold: float | None = None,
        compare: str | None = None,
    ) -> None:
        self.store = store
        self.reader = reader
        encoder = reader.encoder
        comparison = comparison_by(compare, encoder.ratio, encoder.name, threshold)
        self.gallery = Gallery(store, reader.vector_recipe, threshold, comparison)

    @classmethod
    def open(
        cls,
        url: str = defaults.GALLERY,
        reading: ReadingOptions = ReadingOptions(),
        *,
        create: bool = False,
        threshold: float | None = None,
        compare: str | None = None,
    ) -> Identifier:
        """Opens a gallery, and makes the reader that it needs.

        Args:
            url: of the gallery, such as ``sqlite:///gallery.db``.
            reading: how photos are read; without an encoder, as the gallery's were, or with
                `resnet` for a new one. `landmark_model`, `prior` and `weights` must be those of
                the enrolment. Nothing is remembered of the photos unless it has a cache.
            create: make the gallery where there is none.
            threshold, compare: see the class.

        Raises:
            GalleryError: the gallery is missing, or was made with another encoder.
            OptionError: there is no such encoder.
        """
        store = open_store(url, create=create)
        kept: Any = (store.recipe or {}).get("encoder", {})
        encoder = reading.encoder or kept.get("name", defaults.GALLERY_ENCODER)
        wanted = reading.but(encoder=encoder)
        if encoder == kept.get("name"):
            wanted = wanted.but(**options_of(kept))
        return cls(store, _reader(wanted), threshold=threshold, compare=compare)

    def people(self) -> list[Person]:
        """Returns the enrolled people, sorted by name."""
        return self.store.people()

    def enrol(
        self,
        name: str,
        photos: Sequence[Path],
        progress: Progress = no_progress,
        *,
        confirm: Confirm = never,
    ) -> Enrolment:
        """Adds photos, or all photos of folders, to a person.

        Args:
            name: of the person.
            photos: files and folders.
            progress: is told how many photos are read, of how many.
            confirm: is asked about photos that look like somebody else's, and says whether they
                are enrolled all the same (`enrolment.anyway`) or left out (`enrolment.never`).

        Raises:
            GalleryError: a name that is none.
            FolderError: a folder without photos.
        """
        return self.gallery.enrol(name, self.reader.read_all(photos_in(photos), progress), confirm)

    def enrol_folder(
        self, folder: Path, progress: Progress = no_progress, *, confirm: Confirm = never
    ) -> list[Enrolment]:
        """Adds everybody in a folder of labelled photos: a folder a person, or names in file names.

        Args:
            folder: of the photos.
            progress, confirm: see `enrol`.

        Raises:
            GalleryError: a name that is none.
            FolderError: the folder is missing or holds no photos.
        """
        data = read_folder(folder, self.reader, progress)
        batch = {name: data.of_person(name) for name in data.people}
        return self.gallery.enrol_all(batch, confirm)

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
            photos: files and folders.
            count: how many people to give for each face, nearest first.
            twins: whether one person may be in a photo twice (mirrors, collages).
            progress: is told how many photos are read, of how many.

        Raises:
            GalleryError: no threshold is known.
            FolderError: a folder without photos.
        """
        readings = self.reader.read_all(photos_in(photos), progress)
        return self.gallery.identify(readings, count=count, twins=twins)

    def distances(self, photo: Path, count: int | None = None) -> list[Neighbour]:
        """Returns how far the largest face in a photo is from everybody enrolled, nearest first.

        Args:
            photo: a file.
            count: how many people to give; None for all.

        Raises:
            NoFaceError, PhotoError: the photo has no face, or cannot be read.
        """
        vector = largest_face(self.reader.read(photo)).vector
        return self.gallery.searcher.nearest(vector[None], count)[0]

    def verify(self, photo: Path, name: str) -> Verification:
        """Says whether the largest face in a photo is that of an enrolled person.

        Raises:
            GalleryError: nobody of this name is enrolled; no threshold is known.
            NoFaceError, PhotoError: the photo has no face, or cannot be read.
        """
        return self.gallery.verify(largest_face(self.reader.read(photo)), name)

    def compare(self, one: Path, other: Path) -> Verification:
        """Says whether the largest faces of two photos are of one person.

        The gallery is asked for its threshold only: `NO_GALLERY` will do, which knows none.

        Raises:
            GalleryError: no threshold is known.
            NoFaceError, PhotoError: a photo has no face, or cannot be read.
        """
        first, second = (largest_face(self.reader.read(photo)) for photo in (one, other))
        return self.gallery.compare(first, second)

    def calibrate(
        self, folder: Path, fmr: float | None = None, progress: Progress = no_progress
    ) -> Calibrations:
        """Calibrates the gallery's thresholds on a folder of labelled photos, and keeps them.

        Args:
            folder: of the photos.
            fmr: the wanted rate; None for 0.01 of strangers who get a name (identify) and 0.001
                of pairs of different people who count as one (verify).
            progress: is told how many photos are read, of how many.

        Raises:
            GalleryError: too few people or faces.
            FolderError: the folder is missing or holds no photos.
        """
        people = PeopleMatrix.of_people(
            read_folder(folder, self.reader, progress).by_person(), self.gallery.comparison
        )
        made = calibrated(people.people(), people, Rates.of(fmr), self.gallery.highest, str(folder))
        if made is None:
            raise GalleryError(
                f"{folder} is too small to calibrate on: at least {ENOUGH_PEOPLE} people and "
                f"{ENOUGH_FACES} faces are needed, and there are {len(people.names)} and "
                f"{len(people.vectors)}."
            )
        self.gallery.keep(made)
        return made


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


def _reader(options: ReadingOptions) -> Reader:
    if options.encoder != LEARNT:
        return options.reader()
    from face2vec.recognition.learnt_encoder import learnt_reader  # reads a model file by h5py

    return learnt_reader(options)
