"""The command line. Each command lives in `face2vec.commands` and is imported when it is called."""

from __future__ import annotations

import importlib
import logging
import os
import sys

# Before numpy is imported: its matrices are small here, and on a busy machine two threads wait for
# each other a hundred times as long as one of them calculates.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click

from face2vec import __version__
from face2vec.errors import Face2VecError

COMMANDS = {
    "train": "face2vec.commands.train",
    "predict": "face2vec.commands.predict",
    "evaluate": "face2vec.commands.evaluate",
    "tune": "face2vec.commands.tune",
    "fit-prior": "face2vec.commands.fit_prior",
    "verify": "face2vec.commands.verify",
    "enrol": "face2vec.commands.enrol",
    "people": "face2vec.commands.people",
    "identify": "face2vec.commands.identify",
    "distances": "face2vec.commands.distances",
    "forget": "face2vec.commands.forget",
    "calibrate": "face2vec.commands.calibrate",
    "doctor": "face2vec.commands.doctor",
    "demo": "face2vec.commands.demo",
    "cache": "face2vec.commands.cache",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is needed, and says errors in a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[name]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Face2VecError as error:
            click.echo(f"face2vec: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("face2vec: stopped; what is cached is kept.", err=True)
            ctx.exit(130)
        except ImportError as error:
            click.echo(f"face2vec: {_what_to_install(error)}", err=True)
            ctx.exit(2)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="face2vec")
def main() -> None:
    """Names the faces in your photos, on your own machine."""
    logging.basicConfig(format="face2vec: %(message)s", stream=sys.stderr, level=logging.WARNING)


def _what_to_install(error: ImportError) -> str:
    if "libGL" in str(error):
        return (
            "OpenCV needs the system's libGL, which is missing: "
            "pip uninstall -y opencv-python && pip install 'opencv-python-headless>=4.10,<5'"
        )
    return f"a package cannot be loaded ({error}): pip install -r requirements.txt"


if __name__ == "__main__":
    main()
