"""The notebook for classes runs from top to bottom, and shows what it says it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

DOCS = Path(__file__).resolve().parent.parent / "docs"
TOUR = DOCS / "tour.ipynb"


def test_the_notebook_is_committed_without_outputs():
    notebook = nbformat.read(TOUR, as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs")]


@pytest.mark.slow
def test_the_notebook_runs_and_shows_the_leak():
    before = sorted(DOCS.iterdir())
    notebook = nbformat.read(TOUR, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=900, resources={"metadata": {"path": str(DOCS)}}
    )
    client.execute()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    texts = "".join(one.get("text", "") for one in outputs)
    pictures = [one for one in outputs if "image/jpeg" in one.get("data", {})]
    assert len(pictures) >= 9
    leaking, honest = (accuracies(texts, name) for name in ("the published", "a new net"))
    # The names are shuffled in the second run of each: what is learnt of them is a leak.
    assert leaking[1][-1] > 2 * sum(honest[1]) / len(honest[1])
    assert sorted(DOCS.iterdir()) == before


def accuracies(text: str, name: str) -> list[list[float]]:
    lines = re.findall(rf"^{name}.*?((?:\d\.\d\d\s*)+)$", text, re.MULTILINE)
    return [[float(one) for one in line.split()] for line in lines]
