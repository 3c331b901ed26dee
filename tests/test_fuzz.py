"""A thousand damaged files of every kind: each is read, or refused with a sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_a_thousand_damaged_files_end_well():
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--cases", "1000"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert "1000 cases, 0 wrong" in ran.stdout
