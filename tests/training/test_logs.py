"""The logs as a user looks at them: TensorBoard starts, and shows a run for each fold."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

from face2vec.training.logs import write_logs
from face2vec.training.net import History


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scalar_tags(port: int, seconds: float) -> dict[str, dict]:
    """Asks the server until it knows of runs, or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            address = f"http://127.0.0.1:{port}/data/plugin/scalars/tags"
            with urllib.request.urlopen(address, timeout=5) as response:
                tags = json.load(response)
            if tags:
                return tags
        except OSError:
            pass
        time.sleep(0.3)
    return {}


@pytest.mark.slow
def test_tensorboard_starts_and_shows_each_fold(tmp_path):
    curves = np.random.default_rng(0).random((5, 2))
    write_logs(tmp_path, History(curves, curves, curves, np.array([3, 4])))
    port = free_port()
    command = ["-m", "tensorboard.main", "--logdir", str(tmp_path), "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, *command, "--host", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        tags = scalar_tags(port, seconds=60)
    finally:
        server.terminate()
        _, said = server.communicate(timeout=20)
    assert sorted(name.split("/")[-1] for name in tags) == ["fold-01", "fold-02"], said.decode()
    assert all({"loss", "val_loss", "val_accuracy"} <= set(run) for run in tags.values())
