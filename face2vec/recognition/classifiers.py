"""Classifiers: the forward pass in plain numpy, so that a prediction needs nothing else.

`dense`, `svm` and `centroid` are chains of layers: the decisions of a linear support vector machine
are one layer, and so are the squared distances to the people's means, as the square of the vector
itself is the same for all people. `knn` keeps the vectors; `ratio` has a module of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from face2vec.recognition.known_people import KnownPeople

ACTIVATIONS = ("linear", "tanh", "softmax", "unit-length")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns (n, k) rows that sum to 1, of the logits' dtype."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class Layer:
    """A dense layer: ``activation(x @ kernel + bias)``.

    Attributes:
        activation: one of `ACTIVATIONS`.
        kernel: (inputs, outputs) float32.
        bias: (outputs,) float32.
    """

    activation: str
    kernel: np.ndarray
    bias: np.ndarray

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"expected one of {ACTIVATIONS}, got {self.activation!r}")
        if self.kernel.ndim != 2 or self.bias.shape != self.kernel.shape[1:]:
            raise ValueError(
                "expected a kernel of shape (inputs, outputs) and a bias of shape (outputs,), "
                f"got {self.kernel.shape} and {self.bias.shape}"
            )

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        outputs: np.ndarray = inputs @ self.kernel + self.bias
        if self.activation == "tanh":
            outputs = np.tanh(outputs)
        elif self.activation == "softmax":
            outputs = softmax(outputs)
        elif self.activation == "unit-length":
            lengths = np.linalg.norm(outputs, axis=1, keepdims=True)
            outputs = outputs / np.where(lengths > 0, lengths, 1)
        return outputs


@dataclass(frozen=True, eq=False)
class DenseClassifier:
    """A chain of dense layers that ends in a softmax over the people."""

    layers: tuple[Layer, ...]
    kind: ClassVar[str] = "dense"
    separable: ClassVar[bool] = False  # every weight was learnt from everybody's photos

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people) float32, rows that sum to 1, for vectors of (n, d) float32."""
        for layer in self.layers:
            vectors = layer(vectors)
        return vectors

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns what a model file holds of it."""
        named: dict[str, np.ndarray] = {
            "activations": np.array([layer.activation for layer in self.layers], dtype="S")
        }
        for index, layer in enumerate(self.layers):
            named[f"{index}-kernel"], named[f"{index}-bias"] = layer.kernel, layer.bias
        return named

    def without(self, person: int) -> DenseClassifier:
        """Returns the net without one person's output; what it learnt from their photos stays."""
        *others, last = self.layers
        kernel, bias = np.delete(last.kernel, person, axis=1), np.delete(last.bias, person)
        return type(self)((*others, Layer(last.activation, kernel, bias)))

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> DenseClassifier:
        """Makes the classifier of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        activations = [name.decode() for name in arrays["activations"]]
        return cls(
            tuple(
                Layer(activation, arrays[f"{index}-kernel"], arrays[f"{index}-bias"])
                for index, activation in enumerate(activations)
            )
        )


@dataclass(frozen=True, eq=False)
class EmbeddingClassifier:
    """Layers that end in an embedding of unit length, and where in it each known person lies.

    Attributes:
        layers: the last one is of activation ``unit-length``.
        centres: (people, d) float32, the mean embedding of each person.
        sharpness: how fast probabilities fall with the squared distance.
    """

    layers: tuple[Layer, ...]
    centres: np.ndarray
    sharpness: float = 1.0
    kind: ClassVar[str] = "embedding"
    separable: ClassVar[bool] = False  # the layers were learnt from everybody's photos

    def embed(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, d) float32 of unit length: distances tell people apart, known or not."""
        for layer in self.layers:
            vectors = layer(vectors)
        return vectors

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people) float32, rows that sum to 1."""
        apart = self.embed(vectors)[:, None] - self.centres
        return softmax(-self.sharpness * (apart**2).sum(axis=2))

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns what a model file holds of it."""
        own = {"centres": self.centres, "sharpness": np.array(self.sharpness, np.float32)}
        return DenseClassifier(self.layers).arrays() | own

    def without(self, person: int) -> EmbeddingClassifier:
        """Returns it without one person's centre; what the layers learnt from them stays."""
        return EmbeddingClassifier(
            self.layers, np.delete(self.centres, person, axis=0), self.sharpness
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> EmbeddingClassifier:
        """Makes the classifier of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        layers = DenseClassifier.from_arrays(arrays).layers
        return cls(layers, arrays["centres"], float(arrays["sharpness"]))


class SvmClassifier(DenseClassifier):
    """A linear support vector machine, one against the rest, as one softmax layer."""

    kind: ClassVar[str] = "svm"


class CentroidClassifier(DenseClassifier):
    """The nearest of the people's mean vectors, as one softmax layer."""

    kind: ClassVar[str] = "centroid"
    separable: ClassVar[bool] = True  # but for the temperature of the softmax


@dataclass(frozen=True, eq=False)
class KnnClassifier:
    """The nearest training vectors vote, weighted by the inverse of their distance.

    Attributes:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        people: how many people there are.
        neighbours: how many vectors vote.
    """

    vectors: np.ndarray
    labels: np.ndarray
    people: int
    neighbours: int
    kind: ClassVar[str] = "knn"
    separable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.labels.shape != self.vectors.shape[:1]:
            raise ValueError(
                "expected vectors of shape (n, d) and labels of shape (n,), "
                f"got {self.vectors.shape} and {self.labels.shape}"
            )

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people) float32, rows that sum to 1, for vectors of (n, d) float32."""
        from face2vec.distance import distance  # the others need none

        votes = np.zeros((len(vectors), self.people))
        for row, vector in enumerate(vectors):
            apart = distance(self.vectors, vector)
            nearest = np.argsort(apart, kind="stable")[: self.neighbours]
            equal = apart[nearest] == 0  # the very vector leaves the others no vote
            weights = equal if equal.any() else 1 / apart[nearest]
            np.add.at(votes[row], self.labels[nearest], weights)
        return np.asarray(votes / votes.sum(axis=1, keepdims=True), dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns what a model file holds of it."""
        return {
            "vectors": self.vectors,
            "labels": self.labels,
            "people": np.array(self.people),
            "neighbours": np.array(self.neighbours),
        }

    def without(self, person: int) -> KnnClassifier:
        """Returns the classifier without one person's vectors."""
        others = self.labels != person
        labels = self.labels[others]
        return KnnClassifier(
            self.vectors[others], labels - (labels > person), self.people - 1, self.neighbours
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> KnnClassifier:
        """Makes the classifier of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        return cls(
            arrays["vectors"], arrays["labels"], int(arrays["people"]), int(arrays["neighbours"])
        )


@dataclass(frozen=True, eq=False)
class RatioClassifier:
    """Whoever the face is likeliest to be of, by the ratio of likelihoods.

    Attributes:
        people: those who are known.
        temperature: divides the logarithms of the ratios, so that the probabilities mean something.
    """

    people: KnownPeople
    temperature: float = 1.0
    kind: ClassVar[str] = "ratio"
    separable: ClassVar[bool] = False  # the ratio has learnt a little from everybody's photos

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people) float32, rows that sum to 1, for vectors of (n, d) float32."""
        return softmax(self.people.log_ratios(vectors) / self.temperature).astype(np.float32)

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


CLASSIFIERS = {
    kind.kind: kind
    for kind in (
        DenseClassifier,
        SvmClassifier,
        KnnClassifier,
        CentroidClassifier,
        EmbeddingClassifier,
        RatioClassifier,
    )
}
Classifier = DenseClassifier | KnnClassifier | EmbeddingClassifier | RatioClassifier
