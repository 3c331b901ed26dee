"""The command line. Each command lives in `face2vec.commands` and is imported when it is called."""

from __future__ import annotations

import importlib
import io
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
    "watch": "face2vec.commands.watch",
    "capture": "face2vec.commands.capture",
    "forget": "face2vec.commands.forget",
    "calibrate": "face2vec.commands.calibrate",
    "convert": "face2vec.commands.convert",
    "doctor": "face2vec.commands.doctor",
    "show": "face2vec.commands.show",
    "demo": "face2vec.commands.demo",
    "cache": "face2vec.commands.cache",
}


EXAMPLES = {  # for whoever leaves out what a command needs
    "predict": "face2vec predict new.jpg",
    "evaluate": "face2vec evaluate photos --folds 5",
    "tune": "face2vec tune photos",
    "fit-prior": "face2vec fit-prior photos",
    "verify": "face2vec verify a.jpg b.jpg",
    "enrol": "face2vec enrol Ann ann.jpg",
    "identify": "face2vec identify new.jpg",
    "distances": "face2vec distances new.jpg",
    "forget": "face2vec forget Ann",
    "calibrate": "face2vec calibrate photos",
    "doctor": "face2vec doctor photos",
    "demo": "face2vec demo somewhere",
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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        import difflib  # most commands are spelt right

        alike = difflib.get_close_matches(name, COMMANDS, n=1)
        if not alike:
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"there is no command {name!r}: did you mean {alike[0]!r}?", ctx)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Face2VecError as error:
            click.echo(f"face2vec: {error}", err=True)
            ctx.exit(error.exit_code)
        except click.MissingParameter as error:
            raise _with_example(error) from error
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what it cannot encode is escaped
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(format="face2vec: %(message)s", stream=sys.stderr, level=logging.WARNING)


def _with_example(error: click.MissingParameter) -> click.UsageError:
    """Returns an error that says what a command needs by an example."""
    name = error.ctx.command.name if error.ctx else None
    if not isinstance(error.param, click.Argument) or name not in EXAMPLES:
        return error
    what = error.param.make_metavar(error.ctx) if error.ctx else error.param.human_readable_name
    return click.UsageError(f"{what} is missing, as in: {EXAMPLES[name]}", error.ctx)


def _what_to_install(error: ImportError) -> str:
    if "libGL" in str(error):
        return (
            "OpenCV with windows needs the system's libGL, which is missing: "
            "pip uninstall -y opencv-python && pip install 'opencv-python-headless>=4.14,<5'"
        )
    return f"a package cannot be loaded ({error}): pip install -r requirements.txt"


if __name__ == "__main__":
    main()
