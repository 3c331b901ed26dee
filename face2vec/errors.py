"""The exceptions that Face2Vec raises on purpose.

Each message is one sentence that says what is wrong and what to do; the command line
prints it and leaves with the exit code of its class.

    Face2VecError                  exit code 2
      PhotoError                   a file that cannot be read as a photo
      FolderError                  a folder that is missing, empty or not writable
      LabelError                   too few people, or too few photos of one
      ModelError                   a model file that is missing, broken or of another recipe
      OptionError                  a value that an option cannot take
      MissingPackageError          an optional package that is not installed
      GalleryError                 a gallery that is missing, broken or of another encoder, or
                                   a name that is not in it
      SourceError                  a camera, video or stream that is missing or cannot be read
      NoFaceError                  no face in a photo where one was needed (exit code 1)
"""

from __future__ import annotations


class Face2VecError(Exception):
    """Base of all errors that Face2Vec raises on purpose."""

    exit_code = 2


class PhotoError(Face2VecError):
    """A file that cannot be read as a photo."""


class FolderError(Face2VecError):
    """A folder that is missing, empty or not writable."""


class LabelError(Face2VecError):
    """Too few people, or too few photos of one of them."""


class ModelError(Face2VecError):
    """A model file that is missing, broken, or of a recipe that this version cannot honour."""


class OptionError(Face2VecError):
    """A value that an option cannot take."""


class MissingPackageError(Face2VecError):
    """An optional package that is not installed; the message holds the command that installs it."""


class GalleryError(Face2VecError):
    """A gallery that is missing, broken or of another encoder, or a name that is not in it."""


class SourceError(Face2VecError):
    """A camera, video file or stream that is missing or cannot be read."""


class NoFaceError(Face2VecError):
    """A photo in which a face was needed and none was found."""

    exit_code = 1
