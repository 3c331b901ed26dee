"""Model files without a seal, as they were made before there was one: read in a process apart.

HDF5's own library may take all memory, or never come back, for a file of which a few bytes are
wrong. With a seal such bytes are noticed first; without one, the process that reads them is ended.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SECONDS = 15  # for a file that is whole, a tenth of one is enough


def sealed_bytes(path: Path) -> bytes:
    """Returns the bytes of the model as `Model.save` would write them now.

    Raises:
        ValueError: the file cannot be read.
    """
    command = [sys.executable, "-m", __name__, os.fspath(path)]
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            timeout=SECONDS,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
    except subprocess.TimeoutExpired as error:
        raise ValueError("it is damaged: reading it comes to no end") from error
    if ran.returncode:
        lines = ran.stderr.decode(errors="replace").splitlines()
        raise ValueError(lines[-1] if ran.returncode == 1 and lines else "it is damaged")
    return ran.stdout


def main(path: str) -> int:
    """Writes the sealed bytes to standard output, or why there are none to standard error."""
    from face2vec.recognition.model import Model

    try:
        data = Model.read(Path(path).read_bytes()).as_bytes()
    except Exception as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.buffer.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
