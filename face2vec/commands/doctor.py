"""``face2vec doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec import defaults
from face2vec.commands import _annotate, _options
from face2vec.errors import GalleryError
from face2vec.text import shown

if TYPE_CHECKING:
    from face2vec.evaluation.doctor import Examination
    from face2vec.evaluation.gallery_doctor import GalleryExamination
    from face2vec.reading.options import ReadingOptions

SHOWN = 20  # rows of one kind


@click.command("doctor")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--gallery", metavar="URL", help="Look through a gallery instead of a folder.")
@click.option("--all", "everything", is_flag=True, help=f"Show more than {SHOWN} of a kind.")
@_annotate.annotate_option
@_options.cache_options(defaults.CACHE)
@_options.detector_option
@_options.min_face_option
@_options.landmark_model_option
@_options.workers_option
@_options.max_bytes_option
@_options.json_option
@_options.as_reading
def command(
    folder: Path | None,
    gallery: str | None,
    everything: bool,
    annotate: Path | None,
    as_json: bool,
    reading: ReadingOptions,
) -> None:
    """Look through the labelled photos in FOLDER before training, and say what is wrong with them.

    Photos that look unlike their owner's others or like somebody else's, near-duplicates, one face
    under two names, people who look alike, faces that are small, dark, flat or blurred, people with
    too few photos. With --gallery the same for the names of enrolled people, and which calibration
    says how near is near enough. Nothing is changed. Exit code 1 where something is wrong.
    """
    if bool(folder) == bool(gallery):
        raise click.UsageError("give FOLDER, as in: face2vec doctor photos; or --gallery URL")
    if gallery and annotate:
        raise click.UsageError("--annotate is for a folder: a gallery holds no photos")
    examination: Examination | GalleryExamination
    if folder:
        looked = examination = _look_at_folder(folder, reading)
    else:
        looked, examination = None, _look_at_gallery(gallery or "")
    if as_json:
        _options.print_json(examination.as_dict())
    else:
        _print(examination, everything)
    if looked and annotate:
        from face2vec.drawing.labels import of_examination

        _annotate.write(annotate, of_examination(looked))
    if not examination.healthy:
        raise SystemExit(1)


def _look_at_folder(folder: Path, reading: ReadingOptions) -> Examination:
    from face2vec.evaluation.doctor import examine

    with _options.progress_bar("reading photos") as progress:
        return examine(folder, reading.but(encoder="resnet").reader(), progress)


def _look_at_gallery(url: str) -> GalleryExamination:
    from face2vec.evaluation.gallery_doctor import examine_gallery
    from face2vec.gallery.gallery import Gallery
    from face2vec.gallery.opening import open_store

    store = open_store(url)
    if store.recipe is None:
        raise GalleryError(f"nobody is enrolled in {url}: see 'face2vec enrol'.")
    return examine_gallery(Gallery(store, store.recipe))


def _print(examination: Examination | GalleryExamination, everything: bool) -> None:
    for line in examination.summary:
        click.echo(line)
    for kind in dict.fromkeys(finding.kind for finding in examination.findings):
        of_kind = [finding for finding in examination.findings if finding.kind == kind]
        first = of_kind if everything else of_kind[:SHOWN]
        click.echo(f"{kind} ({len(of_kind)}):")
        for finding in first:
            click.echo(f"  {' / '.join(finding.people)}: {finding.detail}")
            for photo in finding.photos:
                click.echo(f"    {shown(photo)}")
        if len(first) < len(of_kind):
            click.echo(f"  {len(of_kind) - len(first)} more: see them with --all")
    click.echo("nothing is wrong" if examination.healthy else "something is wrong")
