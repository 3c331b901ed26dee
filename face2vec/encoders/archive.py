"""Archives of arrays, npz, read without belief in the sizes that they declare."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path

import numpy as np

from face2vec.files import read_regular

MOST_BYTES = 50_000_000  # of an archive, and of what is packed in it


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    """Reads an npz archive whose arrays are as large as they declare, and together not too large.

    Raises:
        ValueError: they are not; other exceptions where it is no such archive.
    """
    arrays = {}
    data = read_regular(path, MOST_BYTES)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES} bytes are packed in it")
        for member in archive.infolist():
            with archive.open(member) as file:
                unpacked = io.BytesIO(file.read(MOST_BYTES + 1))
            np.lib.format.read_magic(unpacked)
            shape, _, dtype = np.lib.format.read_array_header_1_0(unpacked)
            if math.prod(shape) * dtype.itemsize != len(unpacked.getvalue()) - unpacked.tell():
                raise ValueError(f"{member.filename} declares what it does not hold")
            unpacked.seek(0)
            array = np.lib.format.read_array(unpacked, allow_pickle=False)
            arrays[member.filename.removesuffix(".npy")] = array
    return arrays
