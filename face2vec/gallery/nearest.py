"""Exact search for the nearest people among many vectors: matrix products and nothing else.

The squared distance is expanded, ``|v|^2 - 2 v.q + |q|^2``, so that one matrix product, at the
speed of memory, does for all vectors. That form loses digits where two vectors are close: the
distances of the winners are computed again, exactly, from the differences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial

import numpy as np

from face2vec.gallery.comparison import PLAIN, Comparison
from face2vec.gallery.likeliest import LikeliestPeople
from face2vec.records import Neighbour

_PeopleOf = Callable[[np.ndarray], np.ndarray]  # columns of a block of scores to people

CHUNK = 1 << 17  # scores that are computed, and looked at, together
FIRST = 1 << 12  # rows of the first look, after which most are seen to be too far
QUERIES = 16  # queries that share one pass over the vectors
BEYOND = 16  # people kept beyond those asked for, as the exact distances may order them anew


class PeopleMatrix:
    """The vectors of many people, in memory, those of one person side by side.

    Args:
        names: (k,) the people.
        starts: (k,) int, the row at which each person's vectors start; the first is 0, and
            everybody has at least one.
        vectors: (n, d) float32.
        comparison: what people are near by.
    """

    def __init__(
        self,
        names: Sequence[str],
        starts: np.ndarray,
        vectors: np.ndarray,
        comparison: Comparison = PLAIN,
    ) -> None:
        self.names = names
        self.vectors = vectors
        self.comparison = comparison
        self._ends = np.append(starts, len(vectors)).astype(np.int64)

    @cached_property
    def _norms(self) -> np.ndarray:
        return np.asarray(np.einsum("ij,ij->i", self.vectors, self.vectors))

    @cached_property
    def _likeliest(self) -> LikeliestPeople | None:
        if self.comparison.ratio is None or not self.names:
            return None
        return LikeliestPeople(self.comparison.ratio, self.vectors, self._ends)

    @classmethod
    def of_people(
        cls,
        vectors: Mapping[str, Sequence[np.ndarray] | np.ndarray],
        comparison: Comparison = PLAIN,
    ) -> PeopleMatrix:
        """Takes the vectors of each person; somebody without any is left out."""
        there = {name: rows for name, rows in vectors.items() if len(rows)}
        starts = np.cumsum([0, *map(len, there.values())])[:-1]
        rows = [row for rows in there.values() for row in rows]
        shape = len(rows), len(rows[0]) if rows else 0
        stacked = np.array(rows, dtype=np.float32).reshape(shape)
        return cls(list(there), starts, stacked, comparison)

    def by(self, comparison: Comparison) -> PeopleMatrix:
        """Returns the same people, near by another comparison."""
        if comparison is self.comparison:
            return self
        return PeopleMatrix(self.names, self._ends[:-1], self.vectors, comparison)

    def people(self) -> dict[str, np.ndarray]:
        """Returns each person's vectors, (photos, d) float32."""
        return {name: self.of(person) for person, name in enumerate(self.names)}

    def of(self, person: int) -> np.ndarray:
        """Returns the vectors of one person, (photos, d) float32."""
        return self.vectors[self._ends[person] : self._ends[person + 1]]

    def nearest(self, queries: np.ndarray, count: int | None = None) -> list[list[Neighbour]]:
        """Returns the people nearest to each query, nearest first.

        People are chosen by their nearest vector, or by the ratio of likelihoods where that is
        what is compared, and ordered by `Neighbour.distance`.

        Args:
            queries: (m, d) float32.
            count: how many people for each query; None for all.
        """
        wanted = len(self.names) if count is None else min(count, len(self.names))
        kept = min(wanted + BEYOND, len(self.names))
        answers = []
        for start in range(0, len(queries), QUERIES):
            block = queries[start : start + QUERIES]
            for query, people in zip(block, self._candidates(block, kept), strict=True):
                found = [
                    self.comparison.neighbour(self.names[person], self.of(person), query)
                    for person in people
                ]
                answers.append(sorted(found, key=lambda one: one.distance)[:wanted])
        return answers

    def _candidates(self, queries: np.ndarray, kept: int) -> list[np.ndarray]:
        """Returns, for each query, the `kept` people who are nearest in single precision."""
        if not kept:
            return [np.empty(0, dtype=np.int64)] * len(queries)
        best = [_Best(kept) for _ in queries]
        for people, scores in self._scores(queries, CHUNK // len(queries)):
            for query, row in zip(best, scores, strict=True):
                near = np.flatnonzero(row < query.bound)
                query.take(people(near), row[near])
        return [query.people for query in best]

    def _scores(self, queries: np.ndarray, size: int) -> Iterator[tuple[_PeopleOf, np.ndarray]]:
        """Yields blocks of scores, (m, c), least for the nearest, and whose each column is."""
        if self._likeliest is not None:
            for people, scores in self._likeliest.scores(queries, size):
                yield people.__getitem__, scores
            return
        doubled = -2 * queries
        for rows in self._chunks(size):
            scores = doubled @ self.vectors[rows].T
            scores += self._norms[rows]
            yield partial(self._owners, rows.start), scores

    def _owners(self, first: int, near: np.ndarray) -> np.ndarray:
        """Returns the person of each row, counted from a first one."""
        return np.searchsorted(self._ends, near + first, side="right") - 1

    def _chunks(self, size: int) -> list[slice]:
        """Returns ranges of rows; a short one comes first, as nothing in it is too far yet."""
        cuts = [0, *range(min(FIRST, len(self.vectors)), len(self.vectors), size)]
        return [slice(*ends) for ends in zip(cuts, [*cuts[1:], len(self.vectors)], strict=True)]


def neighbour(name: str, vectors: np.ndarray, query: np.ndarray) -> Neighbour:
    """Returns how far a person with these vectors, (n, d), is from a query, (d,), plainly."""
    return PLAIN.neighbour(name, vectors, query)


class _Best:
    """The people with the smallest scores so far, for one query."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self.people = np.empty(0, dtype=np.int64)
        self.scores = np.empty(0, dtype=np.float32)

    @property
    def bound(self) -> float:
        """What a score must be below to be of interest."""
        return self.scores[-1] if len(self.scores) == self.kept else np.inf

    def take(self, people: np.ndarray, scores: np.ndarray) -> None:
        """Takes the scores of some people's vectors; somebody may come more than once."""
        if not len(people):
            return
        people = np.concatenate([self.people, people])
        scores = np.concatenate([self.scores, scores])
        order = np.argsort(scores, kind="stable")
        _, firsts = np.unique(people[order], return_index=True)  # of each person the smallest
        order = order[np.sort(firsts)[: self.kept]]
        self.people, self.scores = people[order], scores[order]
