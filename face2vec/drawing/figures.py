"""Matplotlib figures: made without a screen, saved by their ending, shown in a window."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from face2vec.errors import FolderError, MissingPackageError, OptionError
from face2vec.files import write_atomically
from face2vec.records import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".svg": "svg"}
OPTIONS: dict[str, Any] = {
    "png": {"metadata": {"Software": None}},
    "jpeg": {"pil_kwargs": {"quality": 92}},
    "webp": {"pil_kwargs": {"quality": 90}},
    "svg": {"metadata": {"Date": None}},
}
DPI = 120
PAPER, INK = "#ffffff", "#262626"
ORANGE, SKY, GREEN, VERMILLION = "#e69f00", "#56b4e9", "#009e73", "#d55e00"  # Okabe and Ito, 2008
STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "face2vec",  # the same picture, the same bytes
}


@contextmanager
def style() -> Iterator[None]:
    """Sets how figures made within look.

    Raises:
        MissingPackageError: matplotlib or scikit-image is not installed.
    """
    try:
        import matplotlib
        import skimage.feature  # noqa: F401 - said here, and not when half is drawn
    except ImportError as error:
        raise MissingPackageError(
            f"pictures of the stages need matplotlib and scikit-image, and {error.name} is not "
            "installed: pip install 'face2vec[show]'"
        ) from error
    with matplotlib.rc_context(STYLE):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Returns an empty figure, its size in pixels."""
    from matplotlib.figure import Figure

    return Figure((width / DPI, height / DPI), dpi=DPI, facecolor=PAPER, layout="constrained")


def parts_of(figure: Figure | SubFigure, rows: int, columns: int) -> list[SubFigure]:
    """Divides a figure; row after row."""
    parts = figure.subfigures(rows, columns, wspace=0.02, hspace=0.03, squeeze=False)
    return list(np.asarray(parts).ravel())


def show_pixels(axes: Axes, pixels: np.ndarray, size: tuple[int, int], fade: float = 0.0) -> None:
    """Draws a picture so that the axes' coordinates are pixels of the photo.

    Args:
        axes: to draw on; its frame and ticks are taken away.
        pixels: (h, w) or (h, w, 3) uint8, red first; of the whole photo, at any scale.
        size: width and height of the photo.
        fade: share of white mixed in, so that what is drawn upon it is seen better.
    """
    width, height = size
    faded = (pixels * (1 - fade) + 255 * fade).astype(np.uint8)
    axes.imshow(
        faded,
        cmap="gray" if faded.ndim == 2 else None,
        vmin=0,
        vmax=255,
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        interpolation="antialiased",
    )
    bare(axes)


def bare(axes: Axes) -> None:
    """Takes frame and ticks away."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def zoom(axes: Axes, box: Box) -> None:
    """Shows a part of the photo only."""
    axes.set_xlim(box.left - 0.5, box.right - 0.5)
    axes.set_ylim(box.bottom - 0.5, box.top - 0.5)


def format_of(path: Path) -> str:
    """Returns the format that a file's ending asks for.

    Raises:
        OptionError: none that can be written.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise OptionError(
            f"a picture cannot be written as {path.name}: end the name in "
            f"{', '.join(FORMATS)[:-6]} or .svg."
        )
    return kind


def encoded(figure: Figure, kind: str) -> bytes:
    """Returns the bytes of a figure's file; the same figure gives the same bytes."""
    data = io.BytesIO()
    figure.savefig(data, format=kind, **OPTIONS[kind])
    return data.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Writes a figure, as its ending says.

    Raises:
        OptionError: the ending is that of no picture.
        FolderError: the place cannot be written.
    """
    data = encoded(figure, format_of(path))
    try:
        write_atomically(path, data, durable=False)
    except OSError as error:
        raise FolderError(
            f"the picture cannot be written to {path} ({error.strerror}): choose another place."
        ) from error


def pixels_of(figure: Figure) -> np.ndarray:
    """Returns a figure as (h, w, 3) uint8, blue first."""
    from PIL import Image

    with Image.open(io.BytesIO(encoded(figure, "png"))) as image:
        return cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)


def show_window(figure: Figure, title: str) -> None:
    """Shows a figure in a window until a key is pressed or the window closed."""
    cv2.imshow(title, pixels_of(figure))
    while cv2.waitKey(100) < 0 and cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) > 0:
        pass
    cv2.destroyWindow(title)


def need_windows() -> None:
    """Makes sure that a window can be opened.

    Raises:
        OptionError: it cannot.
    """
    if not _windows_work():
        raise OptionError(
            "there is no screen here, or OpenCV was built without windows: "
            "write the picture to a file with -o FILE."
        )


def _windows_work() -> bool:
    """Tries in a process of its own, as OpenCV ends the process where it finds no screen."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in screens):
        return False
    trial = "import cv2; cv2.namedWindow('face2vec'); cv2.waitKey(1)"
    done = subprocess.run([sys.executable, "-c", trial], capture_output=True, check=False)
    return done.returncode == 0
