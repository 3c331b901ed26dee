"""What face_recognition computes with, each loaded at its first use and kept."""

from __future__ import annotations

from functools import lru_cache

import dlib
import numpy as np

from face2vec.assets import (
    CNN_MODEL,
    FIVE_POINT_MODEL,
    HOG_DETECTOR,
    LANDMARK_MODEL,
    RESNET_MODEL,
    dlib_model,
    own_data,
)
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.dlib_models.face_detector import FaceDetector
from face2vec.dlib_models.points import DlibPredictor, Predictor, open_predictor
from face2vec.dlib_models.resnet import FaceNetwork


@lru_cache
def hog() -> dlib.fhog_object_detector:
    """Returns dlib's frontal detector, as `dlib.get_frontal_face_detector` gives it."""
    return dlib.fhog_object_detector(str(own_data(HOG_DETECTOR)))


@lru_cache
def cnn() -> FaceDetector:
    """Returns dlib's CNN detector."""
    return FaceDetector(dlib_model(CNN_MODEL))


@lru_cache
def ladder() -> Detector:
    """Returns our own detector."""
    return Detector(LandmarkModel())


@lru_cache
def predictor(small: bool) -> Predictor:
    """Returns the model of 5 points, which dlib loads as quickly, or that of 68."""
    if small:
        return DlibPredictor(dlib_model(FIVE_POINT_MODEL))
    return open_predictor(dlib_model(LANDMARK_MODEL))


@lru_cache
def network() -> FaceNetwork:
    """Returns the network that makes the vectors."""
    return FaceNetwork(dlib_model(RESNET_MODEL))


def twice_as_large(rgb: np.ndarray) -> np.ndarray:
    """Returns an image as dlib's CNN enlarges it (`pyramid_up` with `pyramid_down<2>`)."""
    height, width = rgb.shape[:2]
    return np.asarray(dlib.resize_image(rgb, 2 * height + 1, 2 * width + 2))


def half_as_large(corners: np.ndarray) -> np.ndarray:
    """Returns where points of the larger image are in the smaller one, (..., 2), x and y."""
    return np.asarray(corners / 2 - np.array([1.25, 0.75]))
