"""Makes damaged files out of whole ones, the same each time."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image


def small_picture() -> Image.Image:
    """60 x 40 pixels."""
    y, x = np.mgrid[0:40, 0:60]
    return Image.fromarray(np.dstack([x * 4, y * 6, x + y]).astype(np.uint8))


@lru_cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener()


def encoded(format: str, **options: object) -> bytes:
    """Returns the small picture in a format, by Pillow's name for it."""
    if format == "HEIF":
        _register_heif()
    buffer = io.BytesIO()
    small_picture().save(buffer, format, **options)
    return buffer.getvalue()


def damaged(data: bytes, seed: int) -> bytes:
    """Returns bytes with a few faults: bits flipped, parts cut, doubled or filled."""
    rng = np.random.default_rng(seed)
    faulty = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        if not faulty:
            break
        start = int(rng.integers(len(faulty)))
        end = start + int(rng.integers(1, 1 + min(64, len(faulty))))
        kind = rng.integers(6)
        if kind == 0:
            faulty[start] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del faulty[start:end]
        elif kind == 2:
            faulty[start:start] = faulty[start:end]
        elif kind == 3:
            faulty[start:end] = bytes([int(rng.choice([0, 127, 128, 255]))]) * (end - start)
        elif kind == 4:
            del faulty[start:]
        else:
            faulty[start : start + 4] = rng.choice(
                [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f"]
            )
    return bytes(faulty)


def peak_kib() -> int:
    """Returns the most memory that this process has had, in KiB, since it was started (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
