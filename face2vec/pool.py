"""The same function over many photos, on all cores."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

FEW = 8  # items that one process has done before a second one has started


def map_all(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int | None = None
) -> Iterator[tuple[int, Result]]:
    """Yields the index and result of each item, as they are done.

    Args:
        function: must be picklable and catch what it wants to survive.
        items: what to call it with.
        workers: processes; None for one a core. With one, or few items, no process is started.
    """
    workers = min(workers or cores(), len(items))
    if workers <= 1 or len(items) <= FEW:
        yield from enumerate(map(function, items))
        return
    from concurrent.futures import as_completed

    from loky import get_reusable_executor

    # Workers are used again: after a change of folder they would look for files in the old one.
    executor = get_reusable_executor(
        max_workers=workers, env=_ONE_THREAD, initializer=os.chdir, initargs=(os.getcwd(),)
    )
    pickled = pickle.dumps(function)
    futures = {executor.submit(_call, pickled, item): index for index, item in enumerate(items)}
    for future in as_completed(futures):
        yield futures[future], future.result()


@lru_cache(maxsize=1)
def _unpickled(pickled: bytes) -> Callable[[Item], Result]:
    """Keeps the function, and with it the models that it has loaded, between two items."""
    return pickle.loads(pickled)


def _call(pickled: bytes, item: Item) -> Result:
    return _unpickled(pickled)(item)


def cores() -> int:
    """Returns how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
