"""The functions of the package face_recognition 1.3, for programs that were written for it.

import face2vec.face_recognition as face_recognition
"""

from __future__ import annotations

from face2vec.face_recognition.api import (
    batch_face_locations,
    compare_faces,
    face_distance,
    face_encodings,
    face_landmarks,
    face_locations,
    load_image_file,
)

__all__ = [
    "batch_face_locations",
    "compare_faces",
    "face_distance",
    "face_encodings",
    "face_landmarks",
    "face_locations",
    "load_image_file",
]
