"""Reports: one file that loads nothing, with all sections, readable without seeing the charts."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from face2vec.drawing.page import Page, render
from face2vec.drawing.report import (
    _sections,
    page_of_accuracy,
    page_of_kfold,
    page_of_pairs,
)
from face2vec.evaluation.accuracy import get_accuracy
from face2vec.evaluation.answers import Answers
from face2vec.evaluation.pairs import score_pairs
from face2vec.photos.folders import LabelledPhotos
from face2vec.reading.options import ReadingOptions

RECIPE = {"encoder": {"name": "landmarks", "fits": 24}, "seed": 0}
READER = ReadingOptions().reader()
NASTY = "<script>alert('José & 张伟')</script>"


class Tree(HTMLParser):
    """What a page holds: tags with their attributes, and that they are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "path", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("path", "circle"):
            assert self.open.pop() == tag

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def mistaken(report):
    """The report with the first answer wrong, and sure of it."""
    answers = report.answers
    probabilities = answers.probabilities.copy()
    probabilities[0] = np.roll(np.array([0.98, 0.01, 0.01]), answers.truth[0] + 1)
    return replace(
        report, answers=Answers(answers.people, answers.paths, answers.truth, probabilities)
    )


@pytest.fixture(scope="module")
def page(trained):
    return render(
        page_of_kfold(trained[1].report, READER, RECIPE, calibration=trained[1].calibration)
    )


def test_a_page_is_whole_and_loads_nothing(page):
    tree = Tree(page)
    assert not tree.open
    assert not tree.all("script") and not tree.all("link")
    assert all(one["href"].startswith("#") for one in tree.all("a"))
    assert not [one for _, one in tree.tags if "src" in one]
    assert "url(" not in page and "@import" not in page and "http:" not in page
    assert "https:" not in page
    assert len(page.encode()) < 100_000


def test_a_page_has_all_sections_and_links_to_each(page):
    tree = Tree(page)
    anchors = [one["id"] for one in tree.all("h2")]
    assert [one["href"][1:] for one in tree.all("a")] == anchors
    wanted = "people confusion worst-mistakes telling-people-apart how-far-probabilities-hold "
    wanted += "how-the-folds-learnt strangers photos-without-an-answer recipe-and-versions"
    assert set(wanted.split()) <= set(anchors)
    for word in ("ROC curve", "DET curve", "Reliability", "Loss on the photos kept back", "numpy"):
        assert word in page


def test_a_page_is_readable_without_seeing_the_charts(page):
    tree = Tree(page)
    assert tree.all("html") == [{"lang": "en"}]
    assert all(one["role"] == "img" and one["aria-label"] for one in tree.all("svg"))
    assert len(tree.all("table")) == len(tree.all("caption")) >= len(tree.all("svg"))
    assert all(one["scope"] in ("row", "col") for one in tree.all("th"))
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page


def test_names_cannot_change_the_page(trained):
    report = mistaken(trained[1].report)
    answers, labelled = report.answers, report.labelled
    people = (NASTY, *answers.people[1:])
    first = answers.people[0]
    names = tuple(NASTY if name == first else name for name in labelled.names)
    renamed = replace(
        report,
        answers=Answers(people, answers.paths, answers.truth, answers.probabilities),
        labelled=LabelledPhotos(labelled.paths, names, 18, 0),
    )
    page = render(page_of_kfold(renamed, READER, {"made by": NASTY}))
    assert "<script" not in page
    assert "José &amp; 张伟" in page


def test_faces_are_shown_only_when_asked_for(trained):
    report = mistaken(trained[1].report)
    assert not Tree(render(page_of_kfold(report, READER, RECIPE))).all("img")
    shown = Tree(render(page_of_kfold(report, READER, RECIPE, thumbnails=True))).all("img")
    wrong = int((~report.answers.right).sum())
    assert len(shown) == wrong >= 1
    assert all(one["src"].startswith("data:image/jpeg;base64,") for one in shown)


def test_the_folder_that_holds_the_photos_stays_out(trained, few_faces):
    assert str(few_faces) not in render(page_of_kfold(mistaken(trained[1].report), READER, RECIPE))


@pytest.mark.slow
def test_a_saved_model_is_reported_with_its_warnings_and_strangers(trained, faces, cache):
    report = get_accuracy(faces, model=trained[0], reading=ReadingOptions(cache=cache))
    page = render(page_of_accuracy(report, RECIPE))
    assert "The model does not know keiko, luisa" in page
    assert "The model was trained on 18 of the 96 photos" in page
    assert "strangers to it" in page
    assert not Tree(page).open


def test_pairs_are_reported_with_their_curves():
    rng = np.random.default_rng(0)
    same = np.tile([True, False], 100)
    scores = score_pairs(rng.normal(np.where(same, 0.4, 0.8), 0.15), same, np.arange(200) // 20)
    page = render(page_of_pairs(scores, "resnet", RECIPE))
    assert "100 genuine and 100 impostor comparisons" in page
    assert f"{scores.auc:.4f}" in page
    assert scores.rates.auc == pytest.approx(scores.auc)
    assert scores.rates.eer == pytest.approx(scores.eer, abs=0.01)


def test_a_report_of_very_many_people_stays_small(trained):
    rng = np.random.default_rng(0)
    count = 1500
    people = tuple(f"person {i:04d}" for i in range(count))
    truth = np.repeat(np.arange(count), 2)
    paths = tuple(f"{people[i]}/{n}.jpg" for n, i in enumerate(truth))
    probabilities = rng.dirichlet(np.full(count, 0.01), 2 * count).astype(np.float32)
    report = replace(
        trained[1].report,
        answers=Answers(people, paths, truth, probabilities),
        labelled=LabelledPhotos(paths, tuple(people[i] for i in truth), 2 * count, 0),
        readings=(trained[1].report.readings * 167)[: 2 * count],
        folds=np.arange(2 * count) % 3,
    )
    # without the protocol of strangers, which takes long with so many people
    page = render(Page("many", "people", [], sections=_sections(report, RECIPE, [], False)))
    assert len(page.encode()) < 2_000_000
    assert "Of 1500 people, the 30 who were confused most." in page
