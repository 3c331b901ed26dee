"""A limit for what a library may take while it reads a file that somebody else may have made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STATM = Path("/proc/self/statm")  # its first number: pages of memory that are mapped


@contextmanager
def limited_memory(extra: int) -> Iterator[None]:
    """Lets this process map `extra` bytes more than it has; what asks for more is refused them.

    The limit holds for all threads, and only where the system says how much is mapped (Linux);
    elsewhere there is none.
    """
    try:
        import resource

        mapped = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError, ValueError, IndexError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    known = [limit for limit in (mapped + extra, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))
    try:
        yield
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
