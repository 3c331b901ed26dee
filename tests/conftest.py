"""What several tests share: the made-up people, a model trained on them, the real photos."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from face2vec.reading.options import ReadingOptions
from face2vec.training import runs
from face2vec.training.runs import TrainingOptions

ROOT = Path(__file__).resolve().parent.parent
FACES = ROOT / "faces"


@pytest.fixture(scope="session")
def faces() -> Path:
    """The made-up people that come with the repository."""
    return FACES


@pytest.fixture(scope="session")
def few_faces(tmp_path_factory) -> Path:
    """Three made-up people with six photos each."""
    folder = tmp_path_factory.mktemp("few faces")
    for person in sorted(FACES.iterdir())[:3]:
        (folder / person.name).mkdir()
        for photo in sorted(person.iterdir())[:6]:
            shutil.copy(photo, folder / person.name / photo.name)
    return folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    """A cache that all tests share, so that each photo is read once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def trained(few_faces, cache, tmp_path_factory) -> tuple[Path, runs.Trained]:
    """A model file trained on `few_faces`, and what the training said."""
    path = tmp_path_factory.mktemp("model") / "weights.best.hdf5"
    return path, runs.train(
        few_faces,
        model=path,
        options=TrainingOptions(folds=3, logs=None),
        reading=ReadingOptions(cache=cache),
    )


@pytest.fixture(scope="session")
def photo(few_faces) -> Path:
    """A photo with one face."""
    return next(few_faces.rglob("*.jpg"))


@pytest.fixture(scope="session")
def real_faces() -> Path:
    """The folder of real photos, which the repository does not hold."""
    folder = os.environ.get("FACE2VEC_REAL_FACES")
    if not folder:
        pytest.skip("FACE2VEC_REAL_FACES is not set")
    return Path(folder)


SLOW_EXAMPLES = (
    "accuracy.get_accuracy",
    "runs.run_kfold",
    "runs.train",
)  # they read all made-up people anew


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples in docstrings cannot mark themselves."""
    for item in items:
        if item.name.endswith(SLOW_EXAMPLES):
            item.add_marker(pytest.mark.slow)
