"""Measures an encoder on photos by two protocols: pairs to verify, and strangers to refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from face2vec.evaluation.pairs import PairScores, read_pairs, score_pairs
from face2vec.evaluation.strangers import OpenSetReport, open_set
from face2vec.gallery.gallery import DEFAULT_FMR, DOCUMENTED
from face2vec.photos.folders import label_photos
from face2vec.reading.reader import Progress, Reader, no_progress
from face2vec.records import Reading


def verify_pairs(
    file: Path, folder: Path, reader: Reader, progress: Progress = no_progress
) -> PairScores:
    """Measures how well distances tell the pairs of a file in LFW's format.

    Args:
        file: names the pairs.
        folder: holds a folder of photos for each person.
        reader: reads the photos.
        progress: is told how many photos are read, of how many.

    Raises:
        OptionError: the file is missing or of another format, or too few pairs have faces.
        FolderError: a photo is missing.
    """
    pairs = read_pairs(file, folder)
    paths = sorted({path for pair in pairs for path in (pair.one, pair.other)})
    readings = dict(zip(paths, reader.read_all(paths, progress), strict=True))
    distances = [_distance(readings[pair.one], readings[pair.other]) for pair in pairs]
    return score_pairs(
        np.array(distances),
        np.array([pair.same for pair in pairs]),
        np.array([pair.fold for pair in pairs]),
    )


def refuse_strangers(
    folder: Path,
    reader: Reader,
    fmr: float = DEFAULT_FMR,
    seed: int = 0,
    progress: Progress = no_progress,
) -> OpenSetReport:
    """Measures how many strangers get a name in a gallery, at which share of known people.

    Args:
        folder: a folder for each person, or names in the file names.
        reader: reads the photos.
        fmr: the false-match rate that thresholds are calibrated for.
        seed: of the people left out and the photos enrolled.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError: the folder is missing or holds no photos.
        LabelError: too few people or photos.
    """
    labelled = label_photos(Path(folder))
    readings = [one.for_one_person() for one in reader.read_all(labelled.paths, progress)]
    pairs = zip(labelled.names, readings, strict=True)
    found = [(name, reading.largest.vector) for name, reading in pairs if reading.encodings]
    encoder = reader.encoder.name
    return open_set(
        np.array([vector for _, vector in found], dtype=np.float32),
        np.array([name for name, _ in found]),
        encoder,
        fmr,
        DOCUMENTED.get(encoder, np.inf),
        seed,
    )


def _distance(one: Reading, other: Reading) -> float:
    if not (one.encodings and other.encodings):
        return float("nan")
    return float(np.linalg.norm(one.largest.vector - other.largest.vector))
