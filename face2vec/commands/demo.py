"""``face2vec demo``."""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.commands import _options, _video

FILM = "film.mp4"


@click.command("demo")
@click.argument("out", type=click.Path(path_type=Path), required=False)
@click.option(
    "--people", type=click.IntRange(min=1), default=8, show_default=True, help="How many people."
)
@click.option(
    "--photos",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="Photos of each person.",
)
@click.option(
    "--video",
    type=click.Path(path_type=Path, dir_okay=False),
    is_flag=False,
    flag_value=FILM,
    metavar="[FILE]",
    help=f"Make a film of four of them; FILE is {FILM} unless another is given.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    default=8.0,
    show_default=True,
    help="Length of the film.",
)
@click.option(
    "--truth",
    type=click.Path(path_type=Path, dir_okay=False),
    help="For the film: write who is where in each frame, as 'watch --frames' does.",
)
@_options.seed_option
@_options.json_option
def command(
    out: Path | None,
    people: int,
    photos: int,
    video: Path | None,
    seconds: float,
    truth: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Make photos of made-up people in the folder OUT, or a film of them.

    They are blends of two public-domain portraits, so that nobody's photos are needed for trying
    Face2Vec. The same seed gives the same bytes.
    """
    from face2vec.demo.folder import make_people

    if out is None and video is None:
        raise click.UsageError("give OUT, a folder for photos, or --video")
    if truth is not None and video is None:
        raise click.UsageError("--truth is for --video")
    document: dict[str, object] = {}
    said = []
    if out is not None:
        with _options.progress_bar("making photos") as progress:
            made = make_people(out, people=people, photos=photos, seed=seed, progress=progress)
        document = {"folder": str(out), "photos": [str(path) for path in made]}
        count = _options.plural(people, "person")
        said.append(f"{out}: {_options.plural(len(made), 'photo')} of {count}")
    if video is not None:
        place, frames = _make_film(video, truth, seed, seconds)
        document["video"] = str(place)
        said.append(f"{place}: {_options.plural(frames, 'frame')}")
    if as_json:
        _options.print_json(document)
    else:
        click.echo("\n".join(said))


def _make_film(video: Path, truth: Path | None, seed: int, seconds: float) -> tuple[Path, int]:
    """Writes the film and what is true of it; returns where it is and its number of frames."""
    from face2vec.demo.film import RATE, film_frames
    from face2vec.video.films import open_film
    from face2vec.video.presences import as_line

    lines = None if truth is None else _video.Lines(truth)
    film = open_film(video, RATE)
    total, index = round(seconds * RATE), 0
    try:
        with _options.progress_bar("making the film") as progress:
            for index, (picture, shown) in enumerate(film_frames(seed, seconds), 1):
                time = (index - 1) / RATE
                film.write(picture, time)
                if lines is not None:
                    faces = [{"name": one.name, "box": one.box.as_dict()} for one in shown]
                    lines.write(as_line({"frame": index - 1, "time": time, "faces": faces}))
                progress(index, total)
    except BaseException:
        film.discard()
        if lines is not None:
            lines.discard()
        raise
    film.close()
    if lines is not None:
        lines.close()
    return film.path, index
