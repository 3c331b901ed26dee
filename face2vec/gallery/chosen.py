"""Which calibration says how near is near enough, and what it stands for.

The user's own word goes first: a threshold that is given, then a calibration on a folder. Then
comes the gallery's calibration on its own people, which leans on the stock; then the stock alone;
and where none ships, what the makers of the encoder documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from face2vec.decisions import DistanceThreshold
from face2vec.errors import GalleryError
from face2vec.gallery.calibration import ITSELF, Calibrations
from face2vec.gallery.comparison import EUCLIDEAN
from face2vec.gallery.stock import Stock
from face2vec.thresholds import STAND_IN, Calibration, Rates


@dataclass(frozen=True)
class Chosen:
    """A threshold, and who speaks for it.

    Attributes:
        threshold: what a distance may be at most.
        fmr: the rate to be expected, of strangers who get a name in the gallery, or of different
            people who count as one; None where nothing is known of it.
        calibration: whose threshold it is, a clause.
    """

    threshold: DistanceThreshold
    fmr: float | None
    calibration: str

    @property
    def sentence(self) -> str:
        """What the threshold of a gallery stands for."""
        rate = (
            "how often strangers would get a name is not known"
            if self.fmr is None
            else f"about {self.fmr * 100:.2g} % of strangers would get a name in this gallery"
        )
        return f"threshold {self.threshold:.3f}: {rate}, by {self.calibration}"


@dataclass(frozen=True)
class Voices:
    """All that may say what a gallery's thresholds are.

    Attributes:
        given: a threshold of the user's own; None for none.
        kept: the calibrations that are kept with the gallery; None for none.
        stock: of the encoder; None where none ships.
        encoder: its name.
        rates: the wanted ones.
        rule: by which faces are compared.
    """

    given: DistanceThreshold | None
    kept: Calibrations | None
    stock: Stock | None
    encoder: str
    rates: Rates
    rule: str = EUCLIDEAN

    def identify(self, enrolled: Mapping[int, int] | None) -> Chosen:
        """Chooses for a face against everybody.

        Args:
            enrolled: for each number of photos, how many people of the gallery have so many; may
                be None where `needs_enrolled` is false.
        """
        if self.given is not None:
            rate = self.stock.named(self.given, enrolled) if self.stock and enrolled else None
            return self._given(rate)
        if self.kept is not None:
            return self._for_all(self.kept, enrolled)
        if self.stock is not None:
            enrolled = enrolled or {1: 1}
            chosen = self.stock.threshold_for(self.rates.identify, enrolled, self.rates.verify)
            return Chosen(chosen, self.stock.named(chosen, enrolled), self.stock.name)
        return self._documented()

    @property
    def needs_enrolled(self) -> bool:
        """Whether `identify` needs to know how many people are enrolled."""
        alone = self.kept is None or self.kept.source != ITSELF
        return self.stock is not None and (self.given is not None or alone)

    def verify(self, photos: int = 1) -> Chosen:
        """Chooses for a face against one person of whom there are so many photos."""
        if self.given is not None:
            return self._given(self.stock.rate(self.given, photos) if self.stock else None)
        if self.kept is not None:
            return self._kept_for(self.kept, photos)
        if self.stock is not None:
            rate = self.rates.verify
            return Chosen(self.stock.threshold(rate, photos), rate, self.stock.name)
        return self._documented()

    def _for_all(self, kept: Calibrations, enrolled: Mapping[int, int] | None) -> Chosen:
        """Where more people are enrolled than a folder had, its threshold falls as the stock's."""
        spoken = self._kept(kept, kept.identify)
        measured_on, people = kept.identify.people, sum((enrolled or {}).values())
        if kept.source == ITSELF or self.stock is None or people <= measured_on:
            return spoken
        rate = kept.identify.wanted_fmr
        there, here = (self.stock.threshold_for(rate, {1: n}) for n in (measured_on, people))
        threshold = DistanceThreshold(max(spoken.threshold - (there - here), 0.0))
        return Chosen(threshold, spoken.fmr, f"{spoken.calibration}, for {people} people")

    def _kept_for(self, kept: Calibrations, photos: int) -> Chosen:
        if self.stock is None or kept.source != ITSELF:
            # How faces fare against several photos of somebody is known of everybody's alone.
            return self._kept(kept, kept.verify if photos == 1 else kept.identify)
        spoken, rate = self._kept(kept, kept.verify), kept.verify.fmr_bound
        nearer = self.stock.threshold(rate) - self.stock.threshold(rate, photos)
        return Chosen(DistanceThreshold(spoken.threshold - nearer), rate, spoken.calibration)

    def _given(self, rate: float | None) -> Chosen:
        assert self.given is not None
        by = (
            f"given, and rated by {self.stock.name}" if self.stock and rate is not None else "given"
        )
        return Chosen(self.given, rate, by)

    def _kept(self, kept: Calibrations, figures: Calibration) -> Chosen:
        by = f"the calibration on {kept.source}"
        if kept.source == ITSELF:
            by = "the gallery's own people" + (f" and {figures.stock}" if figures.stock else "")
        return Chosen(DistanceThreshold(figures.threshold), figures.fmr_bound, by)

    def _documented(self) -> Chosen:
        if self.encoder not in STAND_IN[self.rule]:
            raise GalleryError(
                f"no threshold is known for the encoder {self.encoder}: "
                "find one with 'face2vec calibrate FOLDER', or give one with --threshold."
            )
        return Chosen(STAND_IN[self.rule][self.encoder], None, f"documented for {self.encoder}")


def key_for(rule: str) -> str:
    """Returns the name of the setting that holds the calibrations of a rule of comparison."""
    return "calibration" if rule == EUCLIDEAN else f"calibration by {rule}"


def kept_in(
    settings: Mapping[str, Any],
    recipe: Mapping[str, Any],
    stock: Stock | None,
    rule: str = EUCLIDEAN,
) -> Calibrations | None:
    """Returns the calibrations among a gallery's settings, if they still count.

    Those of another recipe do not, nor those that a gallery made of its own people alone where it
    can lean on a stock.
    """
    kept = settings.get(key_for(rule))
    if kept is None or (isinstance(kept, dict) and kept.get("recipe") != recipe):
        return None
    try:
        calibrations = Calibrations.from_dict(kept)
        figures = [
            getattr(one, name)
            for one in (calibrations.identify, calibrations.verify)
            for name in ("threshold", "wanted_fmr", "fmr_bound", "people")
        ]
        if not all(np.isfinite(figures)):
            raise ValueError("a figure is not finite")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GalleryError(
            f"the gallery's calibration cannot be read ({error}): make another with "
            "'face2vec calibrate FOLDER', or enrol everybody anew in another gallery."
        ) from error
    alone = calibrations.source == ITSELF and not calibrations.identify.stock
    return None if alone and stock is not None else calibrations
