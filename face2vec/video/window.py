"""A window, where there is a screen."""

from __future__ import annotations

import os
import sys

import cv2
import numpy as np

TITLE = "face2vec"
QUIT = (ord("q"), ord("Q"), 27)


def has_screen() -> bool:
    """Says whether a window can be opened: a screen is there, and OpenCV has windows."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL)
    except cv2.error:  # OpenCV without windows
        return False
    return True


class Window:
    """Shows pictures until q is pressed or the window is closed."""

    def show(self, picture: np.ndarray) -> bool:
        """Shows a picture; returns whether to go on."""
        cv2.imshow(TITLE, picture)
        if cv2.waitKey(1) & 0xFF in QUIT:
            return False
        return cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1

    def close(self) -> None:
        """Closes the window."""
        cv2.destroyWindow(TITLE)
