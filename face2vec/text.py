"""Names of people and files, as they are compared and as they are shown."""

from __future__ import annotations

import unicodedata

LONGEST_NAME = 200  # letters of somebody's name
RESERVED = frozenset(("unknown", "unknown_person", "no_persons_found"))  # what answers say
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet would compute


def shown(text: object) -> str:
    """Returns text for one line of output: what would not be seen, or do something, is escaped.

    Those are control characters (tabs and line ends too), characters that turn the direction of
    writing or have no width, and bytes of a file name that are no UTF-8.

    >>> shown("a\\tb")
    'a\\\\tb'
    """
    return "".join(
        letter if letter.isprintable() or unicodedata.category(letter) == "Zs" else _escaped(letter)
        for letter in str(text)
    )


def cell(text: object) -> str:
    """Returns text for a cell of a CSV file: a spreadsheet takes none for a formula."""
    line = shown(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def folded(name: str) -> str:
    """Returns what names are compared by: without regard to case and to how accents are coded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def fault_of(name: str) -> str:
    """Returns why nobody can be called so, as a clause; empty where one can."""
    if not name.strip():
        return "it has no letters"
    if len(name) > LONGEST_NAME:
        return f"it has {len(name)} letters, and at most {LONGEST_NAME} are taken"
    if shown(name) != name:
        return f"it holds characters that cannot be seen ({shown(name)})"
    if folded(name.strip()) in RESERVED:
        return "that is what strangers are called"
    return ""


def _escaped(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that Python could not decode
        return f"\\x{code - 0xDC00:02x}"
    return letter.encode("unicode_escape").decode("ascii")
