"""``face2vec verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _gallery, _options

if TYPE_CHECKING:
    from face2vec.reading.options import ReadingOptions


@click.command("verify")
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--is", "name", metavar="NAME", help="Compare PHOTO with this enrolled person.")
@_gallery.threshold_option
@_options.subject_option
@_gallery.options(cache=None)
@_options.as_reading
def command(
    photos: tuple[Path, ...],
    name: str | None,
    threshold: float | None,
    gallery: str,
    compare: str | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Say whether two photos, A and B, show the same person, or PHOTO --is NAME.

    Of each photo the largest face is taken. Exit code 0 where it is the same person, 1 where it is
    not, 2 where that cannot be said.
    """
    from face2vec.gallery.identifier import Identifier
    from face2vec.gallery.opening import NO_GALLERY, is_there

    if len(photos) != (1 if name else 2):
        raise click.UsageError(
            "give two photos, A and B, as in: face2vec verify a.jpg b.jpg; or one photo and "
            "--is NAME"
        )
    url = gallery if name or is_there(gallery) else NO_GALLERY
    identifier = Identifier.open(url, reading, threshold=threshold, compare=compare)
    answer = identifier.verify(photos[0], name) if name else identifier.compare(*photos)
    if as_json:
        _options.print_json(vars(answer))
    else:
        rate = (
            "its false-match rate is not known"
            if answer.fmr is None
            else f"false-match rate {_gallery.percent(answer.fmr)}"
        )
        verdict = "same" if answer.same else "different"
        if answer.score is not None:
            verdict += f": of different people, {_gallery.as_near(answer.score)} are as near"
        if answer.euclidean is not None and answer.compare != "euclidean":
            verdict += f" (plain distance {answer.euclidean:.3f})"
        click.echo(
            f"{verdict}; distance {answer.distance:.3f}, threshold {answer.threshold:.3f} "
            f"({rate}, by {answer.calibration})"
        )
    if not answer.same:
        raise SystemExit(1)
