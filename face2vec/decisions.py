"""Who is it, or unknown, and is somebody here twice: decided here and nowhere else.

A threshold on a probability and one on a distance are numbers of different types, so that neither
can be taken for the other: `accepts` knows which way each compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar


class DistanceThreshold(float):
    """The largest distance at which two faces count as one person's."""

    def accepts(self, distance: Any) -> Any:
        """Says whether a distance, or each one of an array, is small enough.

        >>> DistanceThreshold(0.6).accepts(0.6)
        True
        """
        return distance <= float(self)

    @staticmethod
    def rank(distance: float) -> float:
        """Returns what is smallest for the best of several."""
        return distance


class ProbabilityThreshold(float):
    """The smallest probability at which a face is given its likeliest name."""

    def accepts(self, probability: Any) -> Any:
        """Says whether a probability, or each one of an array, is large enough.

        >>> ProbabilityThreshold(0.6).accepts(0.5)
        False
        """
        return probability >= float(self)

    @staticmethod
    def rank(probability: float) -> float:
        """Returns what is smallest for the best of several."""
        return -probability


Threshold = DistanceThreshold | ProbabilityThreshold
ThresholdType = TypeVar("ThresholdType", DistanceThreshold, ProbabilityThreshold)
ALWAYS = ProbabilityThreshold(0.0)  # everybody gets a name


@dataclass(frozen=True)
class Decision:
    """What a face is called.

    Attributes:
        name: None for unknown.
        conflict: the name that another face in the photo has a better claim to, or None.
    """

    name: str | None
    conflict: str | None = None


def decide(
    best: Sequence[tuple[str, float] | None], threshold: Threshold, *, twins: bool = False
) -> list[Decision]:
    """Decides for all faces of one photo.

    A face is called by its best name if the threshold accepts it. Nobody is in one photo twice:
    each name goes to the face with the best claim to it, and another that would have it is
    unknown, and says so in its `conflict`, as one of the two is a stranger.

    Args:
        best: for each face the best name and its distance or probability; None where nobody is
            known.
        threshold: of the kind of these numbers.
        twins: whether one person may be in a photo twice (mirrors, collages).

    >>> decide([("ann", 0.3), ("ann", 0.2), ("bob", 0.7)], DistanceThreshold(0.6))
    [Decision(name=None, conflict='ann'), Decision(name='ann', conflict=None), \
Decision(name=None, conflict=None)]
    """
    accepted = [one if one and threshold.accepts(one[1]) else None for one in best]
    owner: dict[str, int] = {}
    ranked = [(threshold.rank(one[1]), face, one[0]) for face, one in enumerate(accepted) if one]
    for _, face, name in sorted(ranked):
        owner.setdefault(name, face)
    decisions = []
    for face, one in enumerate(accepted):
        if one is None:
            decisions.append(Decision(None))
        elif twins or owner[one[0]] == face:
            decisions.append(Decision(one[0]))
        else:
            decisions.append(Decision(None, conflict=one[0]))
    return decisions
