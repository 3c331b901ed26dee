from __future__ import annotations

import os
import subprocess
import sys

import pytest

from face2vec.files import write_atomically


def test_writes_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_failure_keeps_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_what_a_killed_process_left_behind_is_cleared_by_the_next(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from face2vec import files; "
        "files.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL); "
        "files.write_atomically(Path(sys.argv[1]), b'half')"
    )
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code, tmp_path / "model"], check=False)
        assert len(list(tmp_path.iterdir())) == 1
    write_atomically(tmp_path / "model", b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
