"""How two faces are compared: by the ratio of likelihoods, or by plain Euclidean distance.

Either gives a distance: 0 and above, small for one person. `ratio` weighs what tells people apart
by how much it does, and n photos of somebody as the evidence that they are; `euclidean` is the rule
that dlib and face_recognition made known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from face2vec.distance import distance
from face2vec.encoders.ratio import Ratio
from face2vec.errors import OptionError
from face2vec.records import Neighbour

RATIO, EUCLIDEAN = "ratio", "euclidean"
RULES = (RATIO, EUCLIDEAN)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Compares vectors.

    Attributes:
        ratio: of the encoder; None for Euclidean distances.
    """

    ratio: Ratio | None = None

    @property
    def rule(self) -> str:
        """Its name; thresholds and calibrations are of one rule."""
        return EUCLIDEAN if self.ratio is None else RATIO

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Returns the distance of each pair of vectors, (n, d) or (d,) each: (n,) float64."""
        one, other = np.broadcast_arrays(np.atleast_2d(one), np.atleast_2d(other))
        if self.ratio is None:
            return distance(one, other)
        return self.ratio.distance(self.ratio.between_pairs(one, other))

    def neighbour(self, name: str, vectors: np.ndarray, query: np.ndarray) -> Neighbour:
        """Returns how far a person with these vectors, (n, d), is from a query, (d,): exactly."""
        vectors = vectors.astype(np.float64)
        nearest = float(distance(vectors, query).min())
        to_mean = float(distance(vectors.mean(axis=0), query))
        by_ratio = None
        if self.ratio is not None:
            mean = self.ratio.project(vectors).mean(axis=0, keepdims=True)
            photos = np.array([len(vectors)])
            log_ratio = self.ratio.log_ratios(self.ratio.project(query[None]), mean, photos)
            by_ratio = float(self.ratio.distance(log_ratio)[0])
        return Neighbour(name, nearest, to_mean, len(vectors), by_ratio)

    def all_pairs(self, vectors: np.ndarray) -> np.ndarray:
        """Returns the distances of all pairs of vectors, (n, d), in the order of `triu_indices`."""
        if self.ratio is None:
            seen = vectors.astype(np.float64)
            rows = [distance(seen[row + 1 :], seen[row]) for row in range(len(seen))]
        else:
            seen = self.ratio.project(vectors)
            ones = np.ones(len(seen), dtype=int)
            evidence = self.ratio.evidence(seen, ones)
            rows = [
                self.ratio.distance(evidence.log_ratios(seen[row : row + 1])[0, row + 1 :])
                for row in range(len(seen))
            ]
        return np.concatenate(rows)

    def to_the_rest(self, own: np.ndarray) -> np.ndarray:
        """Returns the distance of each of a person's vectors to the others: (n,), n at least 2."""
        return np.array(
            [
                self.neighbour("", np.delete(own, row, axis=0), own[row]).distance
                for row in range(len(own))
            ]
        )


PLAIN = Comparison()


def comparison_by(
    rule: str | None, ratio: Ratio | None, encoder: str, threshold: float | None = None
) -> Comparison:
    """Returns the comparison of this name.

    Args:
        rule: one of `RULES`; None for `ratio` where the encoder has one.
        ratio: of the encoder; None where it has none.
        encoder: its name.
        threshold: of the user's own, or None. One such as 0.6 is a plain distance, as everybody
            knows them: with it, None means `euclidean`.

    Raises:
        OptionError: there is no such rule, or not for this encoder.
    """
    if rule not in (None, *RULES):
        raise OptionError(f"there is no comparison {rule!r}: choose one of {', '.join(RULES)}.")
    if rule == RATIO and ratio is None:
        raise OptionError(
            f"no ratio of likelihoods is known for the encoder {encoder}: "
            "compare with --compare euclidean."
        )
    plainly = rule == EUCLIDEAN or (rule is None and threshold is not None)
    return Comparison(None if plainly else ratio)
