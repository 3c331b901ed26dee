"""Files written whole or not at all, sealed, and read only where they are files."""

from __future__ import annotations

import hashlib
import os
import platform
import stat
from contextlib import suppress
from pathlib import Path

_MARK = b"face2vec blake2b "
_DIGITS = 40
SEAL_LENGTH = len(_MARK) + _DIGITS + 1


def write_atomically(
    path: Path, data: bytes | bytearray, *, durable: bool = True, mode: int = 0o666
) -> None:
    """Writes a file under a temporary name beside it and renames it, so that a crash loses nothing.

    Args:
        path: where the file goes.
        data: all of it.
        durable: wait until it is on the disk, so that it outlives a power cut as well.
        mode: the permissions of the file, less the user's mask.

    Raises:
        OSError: the folder cannot be written.
    """
    _clear_left_behind(path)
    own = f"{_prefix(path)}{os.getpid()}.{os.urandom(4).hex()}"
    temporary = path.with_name(own)
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _prefix(path: Path) -> str:
    """How the temporary names of a file begin on this machine, before the process's number."""
    return f".{path.name[:150]}.{platform.node()[:40]}."


def _clear_left_behind(path: Path) -> None:
    """Removes what processes that were killed had begun to write in place of a file."""
    prefix = _prefix(path)
    with suppress(OSError), os.scandir(path.parent) as entries:
        for entry in entries:
            number = entry.name.removeprefix(prefix).split(".")[0]
            if entry.name.startswith(prefix) and number.isdigit() and not _is_alive(int(number)):
                with suppress(OSError):
                    os.unlink(entry.path)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Returns the bytes of a regular file: a pipe is not waited for, a device not listened to.

    Raises:
        OSError: it cannot be read.
        ValueError: it is something else than a file, or has more than `max_bytes` bytes.
    """
    # Opening a pipe that nobody writes to would wait for ever, but for O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if stat.S_ISDIR(about.st_mode):
            raise ValueError("it is a folder")
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is a pipe, a socket or a device, and not a file")
        if about.st_size > max_bytes:
            raise ValueError(_too_large(about.st_size, max_bytes))
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:  # it grew, or it is one of /proc, which say 0
        raise ValueError(_too_large(len(data), max_bytes))
    return data


def _too_large(size: int, max_bytes: int) -> str:
    return f"it has {size} bytes or more, and at most {max_bytes} are read (see --max-bytes)"


def seal(content: bytes) -> bytes:
    """Returns the line that goes before the content, `SEAL_LENGTH` bytes with its line end."""
    digest = hashlib.blake2b(content, digest_size=_DIGITS // 2).hexdigest()
    return _MARK + digest.encode() + b"\n"


def is_sealed(data: bytes) -> bool:
    """Returns whether the bytes begin with a seal; those of version 0.1.0 had none."""
    return data.startswith(_MARK)


def seal_is_broken(sealed: bytes, content: bytes) -> bool:
    """Returns whether a seal is of another content than that which goes with it."""
    return sealed[:SEAL_LENGTH] != seal(content)
