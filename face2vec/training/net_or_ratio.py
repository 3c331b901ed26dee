"""Does a net add anything to the ratio of likelihoods that it starts from? Measured, not assumed.

What is known of thousands of people says most of what some photos of somebody can teach. A net is
kept where it names more held-out photos right, by more than chance; else training ends where it
started. Each fold's answers are those of the one that the other folds would choose, so that no
photo has had a say in what answers for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from face2vec.encoders.ratio import Ratio
from face2vec.recognition.classifiers import DenseClassifier, RatioClassifier
from face2vec.training import by_ratio
from face2vec.training.folds import HeldOut, possible_folds
from face2vec.training.settings import Settings
from face2vec.training.temperature import cross_tempered

if TYPE_CHECKING:  # it imports TensorFlow
    from face2vec.training.net import History

FEW_PHOTOS = 5  # of a person, on average: below, no net was ever seen to add anything
MOST_ANSWERS = 20_000_000  # folds x photos x people that nets hold in memory, 4 bytes each
SURE = 1.645  # standard errors: 95 %, to one side


@dataclass(frozen=True, eq=False)
class Measured:
    """What cross-validation came to.

    Attributes:
        kind: what is to be fitted on all photos, ``dense`` or ``ratio``.
        held_out: the answers of that kind.
        answers: (n, people) float32, calibrated; of each fold by what the others would choose.
        history: of the nets' early stopping; None where none was trained.
        note: a sentence for people about the choice; empty where there was none.
    """

    kind: str
    held_out: HeldOut
    answers: np.ndarray
    history: History | None
    note: str = ""


def measure(
    vectors: np.ndarray,
    labels: np.ndarray,
    folds: int,
    settings: Settings,
    known_ratio: Ratio | None,
) -> Measured:
    """Measures nets on photos held out of their training, beside the ratio that they start from.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        folds: how many; fewer where somebody has fewer photos.
        settings: of the nets.
        known_ratio: of the encoder; without one there is no choice.

    Raises:
        OptionError, LabelError: see `folds.possible_folds`.
    """
    if known_ratio is None:
        return _of_net(vectors, labels, folds, settings, None)
    by_the_ratio = by_ratio.cross_validate(known_ratio, vectors, labels, folds, settings.seed)
    calibrated = cross_tempered(by_the_ratio.probabilities, labels, by_the_ratio.folds)
    plain = Measured(RatioClassifier.kind, by_the_ratio, calibrated, None)
    reason = _no_net_because(labels, possible_folds(labels, folds))
    if reason:
        return replace(plain, note=f"no net was trained, as {reason}")
    net = _of_net(vectors, labels, folds, settings, known_ratio)
    return _chosen(net, plain, labels)


def _of_net(
    vectors: np.ndarray, labels: np.ndarray, folds: int, settings: Settings, known: Ratio | None
) -> Measured:
    from face2vec.training.dense import cross_validate  # imports TensorFlow

    held_out, history = cross_validate(vectors, labels, folds, settings, known)
    answers = cross_tempered(held_out.probabilities, labels, held_out.folds)
    return Measured(DenseClassifier.kind, held_out, answers, history)


def _chosen(net: Measured, plain: Measured, labels: np.ndarray) -> Measured:
    folds = plain.held_out.folds
    right = [one.held_out.probabilities.argmax(axis=1) == labels for one in (net, plain)]
    answers = plain.answers.copy()
    for fold in np.unique(folds):
        own = folds == fold
        if _adds(right[0][~own], right[1][~own]):
            answers[own] = net.answers[own]
    shares = f"{right[0].mean():.3f} of the held-out photos right, the ratio {right[1].mean():.3f}"
    if _adds(*right):
        note = f"the net adds to the ratio of likelihoods: it names {shares}"
        return replace(net, answers=answers, note=note)
    note = (
        "training ended where it started, at the ratio of likelihoods, as a net adds nothing "
        f"here: it names {shares}"
    )
    return replace(plain, answers=answers, history=net.history, note=note)


def _adds(net: np.ndarray, ratio: np.ndarray) -> bool:
    """Says whether more photos are named right by nets, by more than chance (a sign test)."""
    gained, lost = int((net & ~ratio).sum()), int((ratio & ~net).sum())
    return gained - lost > SURE * np.sqrt(gained + lost)


def _no_net_because(labels: np.ndarray, folds: int) -> str:
    """Returns why a net is not tried; empty where it is."""
    people = int(labels.max()) + 1
    if len(labels) < FEW_PHOTOS * people:
        return f"with fewer than {FEW_PHOTOS} photos a person it adds nothing"
    if folds * len(labels) * people > MOST_ANSWERS:
        return f"{people} people and {len(labels)} photos would take too much memory"
    return ""
