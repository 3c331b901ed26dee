"""The classifier `ratio`: whoever the face is likeliest to be of, by the ratio of likelihoods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from face2vec.recognition.known_people import KnownPeople


@dataclass(frozen=True, eq=False)
class RatioClassifier:
    """Attributes:
    people: those who are known.
    temperature: divides the logarithms of the ratios, so that the probabilities mean something.
    """

    people: KnownPeople
    temperature: float = 1.0
    kind: ClassVar[str] = "ratio"
    separable: ClassVar[bool] = False  # the ratio has learnt a little from everybody's photos

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people) float32, rows that sum to 1, for vectors of (n, d) float32."""
        scores = self.people.log_ratios(vectors) / self.temperature
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)

    def at_temperature(self, temperature: float) -> RatioClassifier:
        """Returns it with its probabilities that much less sure."""
        return replace(self, temperature=self.temperature * temperature)

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns what a model file holds of it."""
        return self.people.arrays() | {"temperature": np.array(self.temperature)}

    def without(self, person: int) -> RatioClassifier:
        """Returns it without one person; what the ratio learnt from their photos stays."""
        return replace(self, people=self.people.without(person))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> RatioClassifier:
        """Makes the classifier of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        return cls(KnownPeople.from_arrays(arrays), float(arrays["temperature"]))
