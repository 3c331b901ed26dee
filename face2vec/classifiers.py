"""Classifiers: the forward pass in plain numpy, so that a prediction needs no Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

ACTIVATIONS = ("linear", "tanh", "softmax", "unit-length")


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
        outputs = inputs @ self.kernel + self.bias
        if self.activation == "tanh":
            return np.tanh(outputs)
        if self.activation == "softmax":
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            return powers / powers.sum(axis=1, keepdims=True)
        if self.activation == "unit-length":
            lengths = np.linalg.norm(outputs, axis=1, keepdims=True)
            return outputs / np.where(lengths > 0, lengths, 1)
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
        return DenseClassifier((*others, Layer(last.activation, kernel, bias)))

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> DenseClassifier:
        """Makes the classifier of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        activations = [name.decode() for name in arrays["activations"]]
        return cls(tuple(
            Layer(activation, arrays[f"{index}-kernel"], arrays[f"{index}-bias"])
            for index, activation in enumerate(activations)
        ))


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

    def embed(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, d) float32 of unit length: distances tell people apart, known or not."""
        for layer in self.layers:
            vectors = layer(vectors)
        return vectors

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Returns (n, people) float32, rows that sum to 1."""
        apart = self.embed(vectors)[:, None] - self.centres
        scores = -self.sharpness * (apart**2).sum(axis=2)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns what a model file holds of it."""
        own = {"centres": self.centres, "sharpness": np.float32(self.sharpness)}
        return DenseClassifier(self.layers).arrays() | own

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> EmbeddingClassifier:
        """Makes the classifier of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        layers = DenseClassifier.from_arrays(arrays).layers
        return cls(layers, arrays["centres"], float(arrays["sharpness"]))
