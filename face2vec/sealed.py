"""A seal for files: a digest of what follows it, so that a damaged file is not taken for whole."""

from __future__ import annotations

import hashlib

_MARK = b"face2vec blake2b "
_DIGITS = 40
LENGTH = len(_MARK) + _DIGITS + 1


def seal(content: bytes) -> bytes:
    """Returns the line that goes before the content, `LENGTH` bytes with its line end."""
    digest = hashlib.blake2b(content, digest_size=_DIGITS // 2).hexdigest()
    return _MARK + digest.encode() + b"\n"


def is_sealed(data: bytes) -> bool:
    """Returns whether the bytes begin with a seal; those of version 0.1.0 had none."""
    return data.startswith(_MARK)


def broken(sealed: bytes, content: bytes) -> bool:
    """Returns whether a seal is of another content than that which goes with it."""
    return sealed[:LENGTH] != seal(content)
