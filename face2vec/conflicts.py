"""One person once: what to do where two faces in a photo are given the same name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from face2vec.records import Match, Prediction

Named = TypeVar("Named", Match, Prediction)


def once_each(faces: Sequence[Named], key: Callable[[Named], float]) -> tuple[Named, ...]:
    """Leaves each name in a photo to the face with the best claim to it.

    Another face that had the name becomes unknown, and says so in its `conflict`: nobody is in one
    photo twice, so that one of the two is a stranger.

    Args:
        faces: of one photo.
        key: of a face, smallest for the best claim.
    """
    best: dict[str, Named] = {}
    for face in sorted((face for face in faces if face.name is not None), key=key):
        best.setdefault(face.name, face)
    return tuple(
        face if face.name is None or best[face.name] is face
        else replace(face, name=None, conflict=face.name)
        for face in faces
    )
