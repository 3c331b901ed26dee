"""The same function over many photos, on all cores.

Work goes through the interface of `concurrent.futures`, so that the executor of a cluster can take
the place of this machine's processes.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import suppress
from functools import lru_cache, partial
from itertools import islice
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
StartExecutor = Callable[[int], Executor]  # is told how many workers

_PR_SET_PDEATHSIG = 1  # of Linux
FEW = 16  # items that one process has done before a second one has started
AHEAD = 4  # items a worker that are under way or waiting, and no more: memory stays flat


def map_all(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None = None,
    *,
    instead: Callable[[Item], Result] | None = None,
    start: StartExecutor | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yields the index and result of each item; see `map_together`.

    Args:
        function: must be picklable and catch what it wants to survive.
        items: what to call it with.
        workers: processes; None for one a core.
        instead: gives the result of an item that has killed its worker twice; None to raise.
        start: starts an executor; None for processes on this machine.
    """
    each = partial(_each, function)
    yield from map_together(each, items, workers, together=1, instead=instead, start=start)


def map_together(
    function: Callable[[Sequence[Item]], Sequence[Result]],
    items: Sequence[Item],
    workers: int | None = None,
    *,
    together: int,
    instead: Callable[[Item], Result] | None = None,
    start: StartExecutor | None = None,
) -> Iterator[tuple[int, Result]]:
    """Yields the index and result of each item, as they are done.

    A worker that dies takes what it was at with it; that is done again, each item in a process of
    its own. When the caller stops asking, or is interrupted, the workers are stopped at once.

    Args:
        function: takes a list of items and returns their results; must be picklable and catch
            what it wants to survive.
        items: what to call it with.
        workers: processes; None for one a core. With one, or few items, no process is started.
        together: how many items it is called with, at most.
        instead: gives the result of an item that has killed its worker twice; None to raise.
        start: starts an executor; None for processes on this machine.

    Raises:
        BrokenExecutor: an item has killed its worker twice, and there is no `instead`.
    """
    workers = min(workers or cores(), len(items))
    todo = _batches(len(items), together)
    if start is None and (workers <= 1 or len(items) <= FEW):
        for batch in todo:
            yield from zip(batch, function([items[index] for index in batch]), strict=True)
        return
    start = start or processes
    pickled = pickle.dumps(function)
    while True:
        lost = yield from _until_broken(start, workers, pickled, items, todo)
        for index in lost:
            yield index, _alone(start, pickled, items[index], instead)
        if not lost:
            return


def processes(workers: int) -> Executor:
    """Starts loky's processes on this machine; they stay for the next call."""
    from loky import get_reusable_executor

    # Workers are used again: after a change of folder they would look for files in the old one.
    executor: Executor = get_reusable_executor(
        workers, env=_ONE_THREAD, initializer=_prepare_worker, initargs=_beginning()
    )
    return executor


def cores() -> int:
    """Returns how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _until_broken(
    start: StartExecutor,
    workers: int,
    pickled: bytes,
    items: Sequence[Item],
    todo: Iterator[Sequence[int]],
) -> Generator[tuple[int, Result], None, list[int]]:
    """Yields results until all is done or a worker dies; returns the indexes that were lost."""
    executor = start(workers)
    pending: dict[Future[Sequence[Result]], Sequence[int]] = {}
    lost: list[int] = []
    try:
        while not lost:
            for batch in islice(todo, AHEAD * workers - len(pending)):
                some = [items[index] for index in batch]
                pending[executor.submit(_call, pickled, some)] = batch
            if not pending:
                return []
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                batch = pending.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    lost.extend(batch)
                else:
                    yield from zip(batch, future.result(), strict=True)
    except BrokenExecutor:  # by submit: the worker died while nobody looked
        lost = list(batch)
    except BaseException:
        _stop(executor)
        raise
    return sorted([*lost, *(index for batch in pending.values() for index in batch)])


def _batches(count: int, together: int) -> Iterator[Sequence[int]]:
    """Yields the indexes of items, so many at a time."""
    for first in range(0, count, together):
        yield range(first, min(first + together, count))


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> Sequence[Result]:
    """Calls a function that takes one item."""
    return [function(item) for item in items]


def _alone(
    start: StartExecutor,
    pickled: bytes,
    item: Item,
    instead: Callable[[Item], Result] | None,
) -> Result:
    """Calls the function in a worker that has nothing else to do."""
    executor = start(1)
    try:
        future: Future[Sequence[Result]] = executor.submit(_call, pickled, [item])
        return future.result()[0]
    except BrokenExecutor:
        if instead is None:
            raise
        return instead(item)
    except BaseException:
        _stop(executor)
        raise


def _stop(executor: Executor) -> None:
    """Stops at once, whatever the workers are at."""
    try:
        executor.shutdown(wait=False, kill_workers=True)  # type: ignore[call-arg]  # loky's
    except TypeError:
        executor.shutdown(wait=False, cancel_futures=True)


def _beginning() -> tuple[str, int, bool]:
    """What a new worker is told: the folder, who started it, and whether its main thread did."""
    return os.getcwd(), os.getpid(), threading.current_thread() is threading.main_thread()


def _prepare_worker(folder: str, parent: int, in_main: bool) -> None:
    """Runs in each new worker."""
    import cv2

    _die_with(parent, in_main)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which stops us
    cv2.setNumThreads(1)
    os.chdir(folder)


def _die_with(parent: int, in_main: bool) -> None:
    """Ends this worker when its parent has ended, in whatever way.

    Linux does so at once, where the parent's main thread has started the worker (it takes the end
    of the thread for that of the process); a thread that looks now and then does so everywhere,
    when the photo at hand lets it.
    """

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.3)
        os._exit(1)

    if in_main and sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=look, daemon=True).start()


def _call(pickled: bytes, items: Sequence[object]) -> Any:
    return _unpickled(pickled)(items)


@lru_cache(maxsize=1)
def _unpickled(pickled: bytes) -> Callable[[Sequence[object]], Any]:
    """Keeps the function, and with it the models that it has loaded, between two items."""
    function: Callable[[Sequence[object]], Any] = pickle.loads(pickled)
    return function


_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
