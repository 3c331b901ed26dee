"""Text of any script as a mask of pixels, in whatever fonts this machine has.

Pillow draws it. A letter is taken from the first font that holds it: DejaVu Sans, which comes with
matplotlib and most Linux systems, then the other fonts of the system, then Pillow's own, which is
for English letters only.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# What is nice to read comes first, by how the file's name begins; lower case.
PREFERRED = (
    "dejavusans.ttf",
    "notosans-regular",
    "notosanscjk-regular",
    "notosans",
    "liberationsans-regular",
    "segoeui.ttf",
    "msyh",
    "malgun.ttf",
    "pingfang",
    "hiragino",
    "arial unicode",
    "arial.ttf",
    "wqy",
)
UNFIT = ("bold", "italic", "oblique", "mono", "serif", "light", "thin", "black", "condensed")
NO_FONTS = ("LastResort", "cm", "STIX", "pdf")  # of matplotlib's: signs, or a picture of a box
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
NO_LETTER = "\U0010ffff"  # stands for nothing: a font draws what it draws for letters it has not
PROBE = 24  # pixels at which letters are looked for
LINE = 1.3  # height of a line, in sizes of the font
INSTALL = (
    "install one (Debian, Ubuntu: apt install fonts-noto-core fonts-noto-cjk; "
    "elsewhere: any of https://fonts.google.com/noto)"
)

_Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=1024)
def text_mask(text: str, size: int) -> np.ndarray:
    """Draws one line of text.

    Args:
        text: in any script; what no font on this machine holds comes out as an empty box.
        size: of the font, in pixels.

    Returns:
        (round(1.3 * size), width) uint8, 255 where the text is; not to be written to.
    """
    runs = [(run, _font(file, size)) for run, file in _runs(unicodedata.normalize("NFC", text))]
    widths = [font.getlength(run) for run, font in runs]
    picture = Image.new("L", (max(1, round(sum(widths)) + 1), round(LINE * size)))
    draw, x = ImageDraw.Draw(picture), 0.0
    for (run, font), width in zip(runs, widths, strict=True):
        draw.text((x, size), run, fill=255, font=font, anchor="ls")
        x += width
    mask = np.asarray(picture).copy()
    mask.flags.writeable = False
    return mask


def text_width(text: str, size: int) -> int:
    """Returns how many pixels wide a line of text is."""
    return int(text_mask(text, size).shape[1])


def letters_without_font(texts: Sequence[str]) -> str:
    """Returns the letters that no font on this machine holds, each once."""
    letters = dict.fromkeys(unicodedata.normalize("NFC", "".join(texts)))
    return "".join(letter for letter in letters if not _follows(letter) and not _holder(letter)[1])


@lru_cache(maxsize=1)
def font_files() -> tuple[Path, ...]:
    """Returns the font files of this machine, those that are nice to read first."""
    files = {
        file
        for folder in _folders()
        if folder.is_dir()
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(NO_FONTS)
    }
    return tuple(sorted(files, key=_rank))


def _folders() -> Iterator[Path]:
    matplotlib = find_spec("matplotlib")  # looked at, not imported: it is slow to start
    for place in (matplotlib and matplotlib.submodule_search_locations) or ():
        yield Path(place) / "mpl-data" / "fonts" / "ttf"
    home = Path.home()
    if sys.platform == "win32":
        yield Path("C:/Windows/Fonts")
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    else:
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
        yield from (home / ".local/share/fonts", home / ".fonts")


def _rank(file: Path) -> tuple[int, bool, str]:
    name = file.name.lower()
    place = next((i for i, start in enumerate(PREFERRED) if name.startswith(start)), len(PREFERRED))
    return place, any(word in name for word in UNFIT), name


def _runs(text: str) -> Iterator[tuple[str, Path | None]]:
    """Cuts text where the font changes; spaces and marks stay with what is before them."""
    files: list[Path | None] = []
    for letter in text:
        follows = bool(files) and _follows(letter)
        files.append(files[-1] if follows else _holder(letter)[0])
    pairs = zip(text, files, strict=True)
    for file, run in groupby(pairs, key=lambda pair: pair[1]):
        yield "".join(letter for letter, _ in run), file


def _follows(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")


@lru_cache(maxsize=4096)
def _holder(letter: str) -> tuple[Path | None, bool]:
    """Returns the first font file that holds a letter (None: Pillow's own), and if any does."""
    for file in font_files():
        try:
            if _holds(_font(file, PROBE), letter):
                return file, True
        except OSError:
            continue  # no font that FreeType can read
    own = _holds(_font(None, PROBE), letter)
    return (None if own else next(iter(font_files()), None)), own


def _holds(font: _Font, letter: str) -> bool:
    drawn, nothing = font.getmask(letter), font.getmask(NO_LETTER)
    return letter.isspace() or (drawn.size, bytes(drawn)) != (nothing.size, bytes(nothing))


@lru_cache(maxsize=128)
def _font(file: Path | None, size: int) -> _Font:
    if file is None:
        return ImageFont.load_default(size)  # type: ignore[return-value]
    return ImageFont.truetype(str(file), size)
