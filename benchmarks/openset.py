"""Strangers and pairs: how many strangers get a name, and how well pairs of photos are verified.

    python benchmarks/openset.py FOLDER...  [--peer FOLDER_OF_FACE_RECOGNITION]

Each FOLDER holds a folder of photos for each person. For every encoder, half of the people are
strangers in turn (see `face2vec.evaluation.strangers`); and pairs in the format of LFW are made
of each folder, and of all together, and verified. With --peer, face_recognition (installed with
`pip install face_recognition --no-deps --target FOLDER 'setuptools<81'`) encodes the same photos
and stands beside: its comparison names the nearest photo within its tolerance of 0.6. With
--deepface, so does deepface's model `Dlib`; that runs offline where dlib's ResNet file lies in
`$DEEPFACE_HOME/.deepface/weights/`.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np

from face2vec.evaluation.pairs import read_pairs, score_pairs
from face2vec.evaluation.strangers import PEOPLE_NEEDED, open_set
from face2vec.photos.folders import label_photos
from face2vec.reading.options import ReadingOptions
from face2vec.thresholds import DOCUMENTED
from face2vec.training.prior import fit_prior

FOLDS = 10
PAIRS_IN_A_FOLD = 45  # of each kind: lfw10 has 450 pairs of one person
PEERS = ("face_recognition", "deepface")
TOLERANCE = 0.6  # of face_recognition


def main() -> None:
    """Measures all encoders on all folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--peer", type=Path, help="Where face_recognition is installed.")
    parser.add_argument("--deepface", type=Path, help="Where deepface is installed.")
    parser.add_argument("--cache", type=Path, default=None)
    parser.add_argument("--encoders", nargs="+", default=["resnet", "landmarks", "pixels"])
    options = parser.parse_args()
    for folder in options.folders:
        labelled = label_photos(folder)
        print(f"\n{folder.name}: {len(labelled.paths)} photos of {len(labelled.people)} people")
        for encoder in options.encoders:
            prior = None
            if encoder == "landmarks":
                prior = prior_of([f for f in options.folders if f != folder], options.cache)
                if prior is None:
                    print("landmarks          needs another folder, for a prior without this one")
                    continue
            reader = ReadingOptions(encoder, cache=options.cache, prior=prior).reader()
            readings = reader.read_all(labelled.paths)
            vectors = [r.largest.vector if r.encodings else None for r in readings]
            report(encoder, folder, labelled, vectors)
        if options.peer:
            report("face_recognition", folder, labelled, peer_vectors(options.peer, labelled.paths))
        if options.deepface:
            report("deepface", folder, labelled, deepface_vectors(options.deepface, labelled.paths))


def prior_of(folders: list[Path], cache: Path | None) -> Path | None:
    """Estimates a prior from the other folders: no figure is of photos that its prior has seen."""
    if not folders:
        return None
    file = Path(tempfile.mkdtemp()) / "prior.npz"
    fit_prior(folders, ReadingOptions(cache=cache)).save(file)
    return file


def report(encoder, folder, labelled, vectors) -> None:
    """Prints the open-set figures and the pairs of one encoder on one folder."""
    people = {n for n, v in zip(labelled.names, vectors, strict=True) if v is not None}
    if len(people) < PEOPLE_NEEDED:
        print(f"{encoder:18} found faces of {len(people)} people only")
        return
    found = [index for index, vector in enumerate(vectors) if vector is not None]
    matrix = np.array([vectors[index] for index in found], dtype=np.float32)
    names = np.array([labelled.names[index] for index in found])
    figures = open_set(matrix, names, encoder, 0.01, DOCUMENTED.get(encoder, np.inf))
    print(
        f"{encoder:18} found {len(found):4}  strangers named {figures.fpir:6.2%}  "
        f"known named right {figures.tpir:6.2%}  misnamed {figures.misnamed:6.2%}"
    )
    if encoder in PEERS:
        print(f"{'':18} at its own tolerance of 0.6: {own_rule(matrix, names)}")
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "pairs.txt"
        file.write_text(make_pairs(folder))
        pairs = read_pairs(file, folder)
    at = dict(zip(labelled.paths, vectors, strict=True))
    distances = [
        np.nan
        if at[p.one] is None or at[p.other] is None
        else np.linalg.norm(at[p.one] - at[p.other])
        for p in pairs
    ]
    scores = score_pairs(
        np.array(distances), np.array([p.same for p in pairs]), np.array([p.fold for p in pairs])
    )
    print(
        f"{'':18} {scores.answered} of {scores.pairs} pairs: accuracy {scores.accuracy:.4f} +- "
        f"{scores.accuracy_std:.4f}, AUC {scores.auc:.4f}, EER {scores.eer:.4f}, TAR at FAR "
        + ", ".join(f"{far}: {tar:.4f}" for far, tar in scores.tar_at_far.items())
    )


def make_pairs(folder: Path, seed: int = 0) -> str:
    """Makes a pairs file in LFW's format of a folder whose photos end in numbers."""
    rng = np.random.default_rng(seed)
    photos = {
        person.name: sorted(int(re.search(r"\d+$", photo.stem)[0]) for photo in person.iterdir())
        for person in sorted(folder.iterdir())
        if person.is_dir()
    }
    same = [(n, a, b) for n, own in photos.items() for a, b in combinations(own, 2)]
    chosen = rng.permutation(len(same))[: FOLDS * PAIRS_IN_A_FOLD]
    each = len(chosen) // FOLDS
    different = set()
    while len(different) < FOLDS * each:
        one, other = sorted(rng.choice(list(photos), 2, replace=False).tolist())
        different.add((one, int(rng.choice(photos[one])), other, int(rng.choice(photos[other]))))
    others = rng.permutation(sorted(different))
    lines = [f"{FOLDS}\t{each}"]
    for fold in range(FOLDS):
        lines += ["\t".join(map(str, same[i])) for i in chosen[fold * each : (fold + 1) * each]]
        lines += ["\t".join(map(str, row)) for row in others[fold * each : (fold + 1) * each]]
    return "\n".join(lines) + "\n"


def peer_vectors(place: Path, paths) -> list:
    """Encodes photos with face_recognition, the largest face of each."""
    sys.path.insert(0, str(place))
    import face_recognition

    vectors = []
    for path in paths:
        image = face_recognition.load_image_file(str(path))
        places = face_recognition.face_locations(image)
        if not places:
            vectors.append(None)
            continue
        largest = max(places, key=lambda box: (box[2] - box[0]) * (box[1] - box[3]))
        vectors.append(face_recognition.face_encodings(image, [largest])[0].astype(np.float32))
    return vectors


def deepface_vectors(place: Path, paths) -> list:
    """Encodes photos with deepface's model `Dlib`, the widest face of each."""
    sys.path.append(str(place))
    from deepface import DeepFace

    vectors = []
    for path in paths:
        try:
            faces = DeepFace.represent(str(path), model_name="Dlib", detector_backend="opencv")
        except Exception:  # deepface says so where it finds no face
            vectors.append(None)
            continue
        widest = max(faces, key=lambda face: face["facial_area"]["w"])
        vectors.append(np.array(widest["embedding"], dtype=np.float32))
    return vectors


def own_rule(vectors: np.ndarray, names: np.ndarray, seed: int = 0) -> str:
    """Names the nearest photo within the tolerance: half the people known, half strangers."""
    rng = np.random.default_rng(seed)
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    right, named = [], []
    for _ in range(3):
        people = rng.permutation(np.unique(names))
        for half in np.array_split(people, 2):
            inside = np.isin(names, half)
            nearest = np.where(inside[None], apart, np.inf).argmin(axis=1)
            within = apart[np.arange(len(names)), nearest] <= TOLERANCE
            right.append((within & (names[nearest] == names))[inside])
            named.append(within[~inside])
    return (
        f"strangers named {np.concatenate(named).mean():.2%}, "
        f"known named right {np.concatenate(right).mean():.2%}"
    )


if __name__ == "__main__":
    main()
