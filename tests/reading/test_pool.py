from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from face2vec.reading.pool import FEW, map_all, map_together, processes

MANY = list(range(FEW + 14))


def square(number):
    return number * number


def square_unless_fatal(number, fatal):
    if number == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def square_once_killed(number, folder):
    """Kills its worker at the first call for number 5, and not again."""
    seen = Path(folder) / "seen"
    if number == 5 and not seen.exists():
        seen.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def fail(number):
    raise ZeroDivisionError(f"{number}")


def process_of(number):
    time.sleep(0.01)
    return os.getpid()


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("items", [[], MANY[:2], MANY])
def test_every_item_has_its_result_whatever_the_workers(items, workers):
    assert dict(map_all(square, items, workers)) == {n: n * n for n in items}


def test_few_items_stay_in_this_process_and_many_do_not():
    assert {pid for _, pid in map_all(process_of, MANY[:FEW], 2)} == {os.getpid()}
    pids = {pid for _, pid in map_all(process_of, MANY, 2)}
    assert os.getpid() not in pids and len(pids) == 2


def test_an_executor_of_another_kind_can_take_the_place():
    done = dict(map_all(square, MANY, 2, start=ThreadPoolExecutor))
    assert done == {n: n * n for n in MANY}


def test_what_a_killed_worker_was_at_is_done_again(tmp_path):
    done = dict(map_all(partial(square_once_killed, folder=str(tmp_path)), MANY, 2))
    assert (tmp_path / "seen").exists()
    assert done == {n: n * n for n in MANY}


def squares_unless_fatal(numbers, fatal):
    return [square_unless_fatal(number, fatal) for number in numbers]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 3, 30])
def test_items_that_are_done_together_have_each_their_own_result(workers, count):
    work = partial(squares_unless_fatal, fatal=None)
    done = dict(map_together(work, MANY[:count], workers, together=4))
    assert done == {n: n * n for n in MANY[:count]}


def test_only_the_item_that_kills_is_lost_of_those_that_were_done_together():
    work = partial(squares_unless_fatal, fatal=7)
    done = dict(map_together(work, MANY, 2, together=4, instead=lambda number: "fatal"))
    assert done.pop(7) == "fatal"
    assert done == {n: n * n for n in MANY if n != 7}


def test_only_the_item_that_kills_twice_is_lost():
    work = partial(square_unless_fatal, fatal=7)
    done = dict(map_all(work, MANY, 2, instead=lambda number: f"{number} is fatal"))
    assert done.pop(7) == "7 is fatal"
    assert done == {n: n * n for n in MANY if n != 7}


def test_an_exception_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(map_all(fail, MANY, 2))


def test_no_more_is_submitted_than_can_be_worked_on_soon():
    submitted = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *args, **kwargs):
            submitted.append(args)
            return super().submit(*args, **kwargs)

    results = map_all(square, list(range(1000)), 2, start=Counting)
    next(results)
    assert len(submitted) < 50
    results.close()


def test_workers_look_for_files_where_the_caller_does(tmp_path, monkeypatch):
    assert processes(2).submit(os.getcwd).result() == os.getcwd()
    monkeypatch.chdir(tmp_path)
    assert processes(2).submit(os.getcwd).result() == str(tmp_path)


# Where the tests run in the background, the shell has them ignore Ctrl-C, and so would this.
HEED_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
SLOW = """
import pathlib, sys, time
from functools import partial
from face2vec.reading.pool import map_all

def work(folder, item):
    time.sleep(0.2 if item < 4 else 60)
    (pathlib.Path(folder) / str(item)).touch()

def run(folder):
    for index, _ in map_all(partial(work, folder), list(range(40)), 2):
        print(index, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGINT for one process")
def test_ctrl_c_stops_the_workers_too_and_keeps_what_is_done(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    here = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", f"{HEED_CTRL_C}; import slow; slow.run({str(tmp_path)!r})"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(tmp_path)])},
    )
    for _ in range(4):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)  # workers left alive would sleep for a minute
    assert process.returncode != 0, said
    assert {path.name for path in tmp_path.iterdir()} >= {"0", "1", "2", "3"}


SLEEPING = """
import os, time

def sleep(number):
    os.write(1, f"{os.getpid()}\\n".encode())  # at once: two processes share the pipe
    time.sleep(60)
"""


@pytest.mark.slow
def test_workers_die_with_a_parent_that_is_killed(tmp_path):
    (tmp_path / "sleeping.py").write_text(SLEEPING)
    code = (
        "from face2vec.reading.pool import map_all; from sleeping import sleep; "
        "list(map_all(sleep, range(40), 2))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    for _ in range(100):
        if not any(Path(f"/proc/{worker}/cmdline").exists() for worker in workers):
            break
        time.sleep(0.1)
    assert not any(Path(f"/proc/{worker}/cmdline").exists() for worker in workers)
