"""The image pyramid that dlib's face detection network looks at: all sizes of a photo in one image.

Sizes, places and the arithmetic of shrinking are those of `dlib/image_transforms/image_pyramid.h`
and `interpolation.h`, so that the network sees what it would see in dlib.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE = 6  # each level has 5/6 of the side of the one before: dlib's pyramid_down<6>
LOWEST = 5  # pixels of a level's height, at least


@dataclass(frozen=True)
class Tile:
    """Where a level lies in the image: left and top inclusive, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int


def layout(width: int, height: int, padding: int, border: int) -> tuple[list[Tile], int, int]:
    """Says where the levels lie: a first column, and a second where it fits beside.

    Args:
        width: of the photo.
        height: of the photo.
        padding: pixels between levels.
        border: pixels around all.

    Returns:
        The levels, the width and the height of the image.
    """
    sizes = _sizes(width, height)
    first = _first_column(sizes, padding)
    column = sum(size[1] + padding for size in sizes[:first]) - padding
    tiles, top = [], border
    for across, down in sizes[:first]:
        tiles.append(Tile(border, top, border + across, top + down))
        top += down + padding
    bottom = top - padding
    for across, down in sizes[first:]:
        tile = Tile(border + width - across, bottom - down, border + width, bottom)
        if tile.left < tiles[0].right and tile.top < tiles[0].bottom:
            break  # it would lie on the photo itself
        tiles.append(tile)
        bottom -= down + padding
    return tiles, width + 2 * border, column + 2 * border


def _sizes(width: int, height: int) -> list[tuple[int, int]]:
    sizes = [(width, height)]
    rate = (RATE - 1.0) / RATE
    while True:
        width, height = int(rate * width), int(rate * height)
        if width * height == 0 or height < LOWEST:
            return sizes
        sizes.append((width, height))


def _first_column(sizes: list[tuple[int, int]], padding: int) -> int:
    """Returns how many levels go below each other: until the next fits beside the one before."""
    width, height = sizes[0]
    total = sum(down + padding for _, down in sizes) - 2 * padding
    column = before = 0
    for index, (across, down) in enumerate(sizes):
        if across <= width - before - padding and 2 * (column - height) >= total - height:
            return index
        column += down + padding
        before = across
    return len(sizes)


def build(photo: np.ndarray, tiles: list[Tile], width: int, height: int) -> np.ndarray:
    """Puts the levels of a photo into one image, zeros between them.

    Args:
        photo: (channels, h, w) float32.
        tiles: where, from `layout`.
        width: of the image.
        height: of the image.

    Returns:
        (channels, height, width) float32.
    """
    image = np.zeros((len(photo), height, width), dtype=np.float32)
    level = photo
    for index, tile in enumerate(tiles):
        if index:
            level = _shrunk(level, tile.right - tile.left, tile.bottom - tile.top)
        image[:, tile.top : tile.bottom, tile.left : tile.right] = level
    return image


def _shrunk(level: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scales an image down by linear interpolation, corner to corner."""
    top, down = _steps(level.shape[1], height)
    left, across = _steps(level.shape[2], width)
    down = down[:, None]
    rows: np.ndarray = level.take(top, axis=1) * (1 - down)
    rows += level.take(np.minimum(top + 1, level.shape[1] - 1), axis=1) * down
    columns: np.ndarray = rows.take(left, axis=2) * (1 - across)
    columns += rows.take(np.minimum(left + 1, level.shape[2] - 1), axis=2) * across
    return columns


def _steps(length: int, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the pixel before each wanted one, and how far it is on the way to the next."""
    place = np.arange(wanted) * ((length - 1) / max(wanted - 1, 1))
    before = np.minimum(place.astype(np.intp), length - 1)
    return before, (place - before).astype(np.float32)
