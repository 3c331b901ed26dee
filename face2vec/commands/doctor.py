"""``face2vec doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from face2vec.commands import _options as shared

if TYPE_CHECKING:
    from face2vec.evaluation.doctor import Examination

SHOWN = 20  # rows of one kind


@click.command("doctor")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help=f"Show more than {SHOWN} of a kind.")
@shared.cache_options(Path("cache"))
@shared.detector_option
@shared.min_face_option
@shared.landmark_model_option
@shared.workers_option
@shared.json_option
def command(folder: Path, everything: bool, as_json: bool, **reading: object) -> None:
    """Look through the labelled photos in FOLDER before training, and say what is wrong with them.

    Photos that look unlike their owner's others or like somebody else's, near-duplicates, one face
    under two names, people who look alike, faces that are small, dark, flat or blurred, people with
    too few photos. Nothing is changed. Exit code 1 where something is wrong.
    """
    from face2vec.evaluation.doctor import examine
    from face2vec.reading.reader import make_reader

    with shared.progress_bar("reading photos") as progress:
        examination = examine(folder, make_reader("resnet", **reading), progress)
    if as_json:
        shared.print_json({
            "healthy": examination.healthy,
            "photos": len(examination.labelled.paths),
            "found": examination.found,
            "people": len(examination.labelled.people),
            "findings": [finding.as_dict() for finding in examination.findings],
        })
    else:
        _print(examination, everything)
    if not examination.healthy:
        raise SystemExit(1)


def _print(examination: Examination, everything: bool) -> None:
    labelled = examination.labelled
    click.echo(
        f"{shared.plural(len(labelled.paths), 'photo')} of "
        f"{shared.plural(len(labelled.people), 'person')}, {examination.found} with a usable face"
    )
    for kind in dict.fromkeys(finding.kind for finding in examination.findings):
        of_kind = [finding for finding in examination.findings if finding.kind == kind]
        shown = of_kind if everything else of_kind[:SHOWN]
        click.echo(f"{kind} ({len(of_kind)}):")
        for finding in shown:
            click.echo(f"  {' / '.join(finding.people)}: {finding.detail}")
            for photo in finding.photos:
                click.echo(f"    {photo}")
        if len(shown) < len(of_kind):
            click.echo(f"  {len(of_kind) - len(shown)} more: see them with --all")
    click.echo("nothing is wrong" if examination.healthy else "something is wrong")
