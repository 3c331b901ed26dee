"""Cross-validation: all folds as one batched model, beside the plain loop, in one run.

    python benchmarks/folds.py FOLDER [--folds 10] [--encoder nose-tip]

The plain loop makes a new Keras net for every fold and calls `model.fit` for 100 epochs with
batches of 10 and a checkpoint. Both get the same vectors and the same folds; each photo is answered
by a net that has not seen it. The whole `face2vec evaluate --folds` on the cached photos is timed
too, imports included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from face2vec import defaults
from face2vec.reading.options import ReadingOptions
from face2vec.training.learn import settings_for
from face2vec.training.runs import run_kfold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, default=defaults.FOLDS)
    parser.add_argument("--encoder", default="nose-tip")
    parser.add_argument("--prior", type=Path, help="For landmarks: one that has not seen FOLDER.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        compare(options.folder, options.folds, options.encoder, options.prior, cache)


def compare(folder: Path, folds: int, encoder: str, prior: Path | None, cache: str) -> None:
    reading = ReadingOptions(encoder=encoder, prior=prior, cache=Path(cache))
    report = run_kfold(folder, folds=folds, save=False, reading=reading)
    reader = reading.reader()
    readings = [reader.read(Path(path)) for path in report.answers.paths]
    vectors = np.array([reading.largest.vector for reading in readings])
    labels, folds_of = report.answers.truth, report.folds

    from face2vec.training.dense import cross_validate

    started = time.perf_counter()
    held_out, _ = cross_validate(vectors, labels, folds, settings_for(reader, seed=0))
    ours = held_out.probabilities.argmax(axis=1)
    batched = time.perf_counter() - started
    started = time.perf_counter()
    plain = plain_loop(vectors, labels, folds_of)
    looped = time.perf_counter() - started
    command = [sys.executable, "-m", "face2vec", "evaluate", str(folder), "--folds", str(folds)]
    started = time.perf_counter()
    subprocess.run(
        [*command, "--encoder", encoder, "--cache", cache, *(["--prior", prior] if prior else [])],
        check=True,
        capture_output=True,
    )
    whole = time.perf_counter() - started
    print(f"{len(labels)} photos, {labels.max() + 1} people, {folds} folds, encoder {encoder}")
    print(f"plain loop      {looped:7.1f} s  held-out accuracy {(plain == labels).mean():.3f}")
    print(f"batched folds   {batched:7.1f} s  held-out accuracy {(ours == labels).mean():.3f}")
    print(f"plain / batched {looped / batched:7.1f}")
    print(f"whole command, imports included, photos cached: {whole:.1f} s")


def plain_loop(vectors: np.ndarray, labels: np.ndarray, folds_of: np.ndarray) -> np.ndarray:
    """Returns the held-out answers of one net a fold, trained one after the other."""
    import keras

    guesses = np.empty(len(labels), dtype=int)
    with tempfile.TemporaryDirectory() as folder:
        for fold in range(folds_of.max() + 1):
            held_out = folds_of == fold
            net = keras.Sequential(
                [keras.Input((vectors.shape[1],))]
                + [
                    keras.layers.Dense(
                        units,
                        activation,
                        kernel_regularizer=keras.regularizers.L2(1e-3),
                        bias_regularizer=keras.regularizers.L2(1e-3),
                    )
                    for units, activation in ((64, "tanh"), (int(labels.max()) + 1, "softmax"))
                ]
            )
            net.compile("nadam", "sparse_categorical_crossentropy", metrics=["accuracy"])
            keep = keras.callbacks.ModelCheckpoint(
                f"{folder}/{fold}.weights.h5",
                save_weights_only=True,
                save_best_only=True,
                monitor="loss",
            )
            net.fit(
                vectors[~held_out],
                labels[~held_out],
                batch_size=10,
                epochs=100,
                verbose=0,
                callbacks=[keep],
            )
            guesses[held_out] = net.predict(vectors[held_out], verbose=0).argmax(axis=1)
    return guesses


if __name__ == "__main__":
    main()
