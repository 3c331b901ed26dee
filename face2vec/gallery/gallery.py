"""Enrolled people and the answers about them: who is this, is this really them, or nobody known?

A face gets a name only where the nearest person is within the threshold; all others are unknown.
`chosen` says which calibration the threshold is of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np

from face2vec.decisions import DistanceThreshold, decide
from face2vec.encoders.registry import difference, shipped_ratio
from face2vec.errors import GalleryError
from face2vec.gallery.calibration import (
    ITSELF,
    Calibrations,
    calibrated,
    leaning_on_stock,
    sample_people,
)
from face2vec.gallery.chosen import Chosen, Voices, kept_in, key_for
from face2vec.gallery.comparison import EUCLIDEAN, PLAIN, RATIO, Comparison
from face2vec.gallery.enrolment import Confirm, Doubt, Enrolment, anyway, doubts_about, never
from face2vec.gallery.stock import Stock, kinds, stock_for
from face2vec.gallery.store import Compared, Person, Source, Store, key_of
from face2vec.records import (
    Encoding,
    Identification,
    Match,
    Neighbour,
    Reading,
    Recipe,
    Verification,
)
from face2vec.thresholds import DOCUMENTED, NO_LIMIT, Rates


class Gallery:
    """A store of people with one encoder's recipe and a threshold.

    Args:
        store: where the people are.
        recipe: what makes the vectors of the faces that are asked about.
        threshold: distance up to which a face gets a name; None for the calibrated one.
        comparison: how faces are compared.

    Raises:
        GalleryError: the store's vectors are of another recipe.
    """

    def __init__(
        self,
        store: Store,
        recipe: Mapping[str, Recipe],
        threshold: float | None = None,
        comparison: Comparison = PLAIN,
    ) -> None:
        self.store = store
        self.comparison = comparison
        self.searcher = Compared(store, comparison)
        self.recipe = json.loads(json.dumps(recipe))
        self._threshold = None if threshold is None else DistanceThreshold(threshold)
        if store.recipe not in (None, self.recipe):
            raise GalleryError(
                f"the gallery {store.url} was made with {difference(store.recipe, self.recipe)}: "
                "give that, or use another gallery."
            )

    @property
    def calibrations(self) -> Calibrations | None:
        """The calibrations that are kept with the gallery, if they still count."""
        return kept_in(self.store.settings, self.recipe, self.stock, self.comparison.rule)

    @property
    def rates(self) -> Rates:
        """The wanted rates: those that were asked for at an enrolment, or the defaults."""
        kept = self.store.settings.get("rates")
        return Rates(**kept) if kept else Rates()

    @property
    def chosen(self) -> Chosen:
        """The threshold for a face against everybody, and who speaks for it.

        Raises:
            GalleryError: none is calibrated, and none is documented for the encoder.
        """
        voices = self._voices()
        return voices.identify(self._enrolled() if voices.needs_enrolled else None)

    @property
    def threshold(self) -> DistanceThreshold:
        """The distance up to which a face gets a name; raises as `chosen` does."""
        return self.chosen.threshold

    def people(self) -> list[Person]:
        """Returns the people, sorted by name."""
        return self.store.people()

    def enrol(self, name: str, readings: Sequence[Reading], confirm: Confirm = never) -> Enrolment:
        """Adds photos to a person; see `enrol_all`."""
        return self.enrol_all({name: readings}, confirm)[0]

    def enrol_all(
        self, batch: Mapping[str, Sequence[Reading]], confirm: Confirm = never
    ) -> list[Enrolment]:
        """Adds the largest face of each photo to people; what it returns from is on the disk.

        A photo in which another face is about as large as the largest is left out.

        Args:
            batch: the readings of each person, by name.
            confirm: is asked about photos that look like somebody else's, if there are any, and
                says whether they are enrolled all the same.

        Raises:
            GalleryError: a name without letters, or vectors of another recipe.
        """
        batch = {name: [one.for_one_person() for one in seen] for name, seen in batch.items()}
        read = {name: [one for one in seen if one.encodings] for name, seen in batch.items()}
        doubts = [] if confirm is anyway else doubts_about(read, self.searcher, self._limit(read))
        refused = bool(doubts) and not confirm(doubts)
        left_out = {(one.name, one.digest): one for one in doubts} if refused else {}
        return [self._add(name, readings, left_out) for name, readings in batch.items()]

    def _add(
        self, name: str, readings: Sequence[Reading], left_out: Mapping[tuple[str, str], Doubt]
    ) -> Enrolment:
        read = [one for one in readings if one.encodings and (name, one.digest) not in left_out]
        added = 0
        if read:
            added = self.store.add(
                name,
                np.array([reading.largest.vector for reading in read], dtype=np.float32),
                [Source(reading.digest, str(reading.path.absolute())) for reading in read],
                self.recipe,
            )
        return Enrolment(
            name,
            added,
            len(read) - added,
            tuple(reading.path for reading in read if len(reading.encodings) > 1),
            tuple((reading.path, reading.detail) for reading in readings if reading.reason),
            tuple(doubt for (of, _), doubt in left_out.items() if of == name),
        )

    def _limit(self, read: Mapping[str, Sequence[Reading]]) -> DistanceThreshold | None:
        """The threshold of the gallery as it will be; None where none is known."""
        voices = self._voices()
        try:
            if not voices.needs_enrolled:
                return voices.identify(None).threshold
            photos = {key_of(person.name): len(person.photos) for person in self.people()}
            for name, readings in read.items():
                photos[key_of(name)] = photos.get(key_of(name), 0) + len(readings)
            return voices.identify(kinds(count for count in photos.values() if count)).threshold
        except GalleryError:
            return None

    def identify(
        self, readings: Sequence[Reading], *, count: int = 2, twins: bool = False
    ) -> list[Identification]:
        """Names every face of every photo, or says that it is unknown.

        Args:
            count: how many people to give for each face, nearest first.
            twins: whether one person may be in a photo twice (mirrors, collages).

        Raises:
            GalleryError: there is no threshold.
        """
        encodings = [encoding for reading in readings for encoding in reading.encodings]
        neighbours = iter(self._nearest(encodings, max(count, 2)))
        chosen = self.chosen if encodings else Chosen(NO_LIMIT, None, "")
        identified = []
        for reading in readings:
            near = [next(neighbours) for _ in reading.encodings]
            faces = self._matches(reading.encodings, near, chosen, twins)
            identified.append(Identification(reading.path, faces, reading.reason, reading.detail))
        return identified

    def verify(self, encoding: Encoding, name: str) -> Verification:
        """Says whether a face is that of an enrolled person.

        Raises:
            GalleryError: nobody of this name is enrolled, or there is no threshold.
        """
        known = self.store.encodings(name)
        person = self.comparison.neighbour(name, known, encoding.vector)
        return self._verified(person, self._voices().verify(person.photos))

    def compare(self, one: Encoding, other: Encoding) -> Verification:
        """Says whether two faces are of one person.

        Raises:
            GalleryError: there is no threshold.
        """
        person = self.comparison.neighbour("", one.vector[None], other.vector)
        return self._verified(person, self._voices().verify())

    def keep(self, calibrations: Calibrations | None) -> None:
        """Stores calibrations with the gallery; None forgets them.

        Names that look like one person's are kept where they are of people who are enrolled, and
        so can be forgotten.
        """
        if calibrations is not None and calibrations.source != ITSELF:
            calibrations = replace(calibrations, suspicions=())
        self.store.set(
            key_for(self.comparison.rule),
            calibrations and {"recipe": self.recipe, **calibrations.as_dict()},
        )

    def calibrate_itself(self, rates: Rates | None = None) -> Calibrations | None:
        """Calibrates on the enrolled people and keeps it; returns None where they are too few.

        A calibration that was made on a folder is better informed, and stays as it is.

        Args:
            rates: the wanted ones, which are kept too; None for those kept.
        """
        if rates is not None:
            self.store.set("rates", asdict(rates))
        kept = self.calibrations
        if kept is not None and kept.source != ITSELF:
            return None
        photos = {person.name: len(person.photos) for person in self.people()}
        vectors = sample_people(photos, self.store.encodings)
        if self.stock is None:
            made = calibrated(vectors, self.searcher, self.rates, self.highest, ITSELF)
        else:
            enrolled = kinds(photos.values())
            made = leaning_on_stock(vectors, self.searcher, self.stock, self.rates, enrolled)
        self.keep(made)
        return made

    @cached_property
    def stock(self) -> Stock | None:
        """The stock calibration of the encoder; None where none ships."""
        return stock_for(self.recipe, self.comparison)

    @property
    def highest(self) -> DistanceThreshold:
        """The documented threshold, above which no calibration goes; infinite where none is."""
        if self.comparison.rule != EUCLIDEAN:
            return NO_LIMIT
        return DOCUMENTED.get(self.recipe["encoder"]["name"], NO_LIMIT)

    def _voices(self) -> Voices:
        encoder = self.recipe["encoder"]["name"]
        return Voices(
            self._threshold,
            self.calibrations,
            self.stock,
            encoder,
            self.rates,
            self.comparison.rule,
        )

    def _enrolled(self) -> dict[int, int]:
        return kinds(len(person.photos) for person in self.people())

    def _nearest(self, encodings: Sequence[Encoding], count: int) -> list[list[Neighbour]]:
        if not encodings:
            return []
        vectors = np.array([encoding.vector for encoding in encodings])
        return self.searcher.nearest(vectors, count)

    def _matches(
        self,
        encodings: Sequence[Encoding],
        near: Sequence[Sequence[Neighbour]],
        chosen: Chosen,
        twins: bool,
    ) -> tuple[Match, ...]:
        """Decides for the faces of one photo, each with the people nearest to it."""
        best = [(people[0].name, people[0].distance) if people else None for people in near]
        return tuple(
            Match(
                box=encoding.face.box,
                found_by=encoding.face.found_by,
                name=decision.name,
                threshold=chosen.threshold,
                neighbours=tuple(people),
                conflict=decision.conflict,
                fpir=chosen.fmr,
                calibration=chosen.calibration,
                compare=self.comparison.rule,
                score=self._score(people[0]) if people else None,
            )
            for encoding, people, decision in zip(
                encodings, near, decide(best, chosen.threshold, twins=twins), strict=True
            )
        )

    def _score(self, person: Neighbour) -> float | None:
        """The rate at which different people are as near: how far one may trust a match."""
        if self.stock is None:
            return None
        return self.stock.rate(person.distance, person.photos)

    def _verified(self, person: Neighbour, chosen: Chosen) -> Verification:
        return Verification(
            same=bool(chosen.threshold.accepts(person.distance)),
            distance=person.distance,
            threshold=chosen.threshold,
            fmr=chosen.fmr,
            calibration=chosen.calibration,
            compare=self.comparison.rule,
            euclidean=person.euclidean,
            score=self._score(person),
        )


def recalibrate(store: Store) -> Calibrations | None:
    """Calibrates a gallery on the people who are left in it, after somebody was forgotten.

    Returns:
        What was made for the rule by which its people are compared unless another is asked for, or
        None: too few people, or a calibration on a folder, which stays.
    """
    recipe: Any = store.recipe
    if recipe is None:
        return None
    ratio = shipped_ratio(recipe["encoder"])
    if ratio is None:  # it may have been one of the user's own: what it kept cannot be made anew
        store.set(key_for(RATIO), None)
        return Gallery(store, recipe).calibrate_itself()
    if key_for(EUCLIDEAN) in store.settings:
        Gallery(store, recipe).calibrate_itself()
    return Gallery(store, recipe, comparison=Comparison(ratio)).calibrate_itself()
