# make train   set-up if it is missing, then train on FOLDER (the made-up people) and predict a photo
# make test    set-up if it is missing, then the whole test suite
# make clean   remove what these made, but not the model

PYTHON ?= python3
FOLDER ?= faces
PHOTO ?= $(shell find "$(FOLDER)" -type f -name '*.jpg' 2>/dev/null | sort | head -n 1)
BIN := .venv/bin

.PHONY: train test clean

train: .venv/installed
	$(BIN)/python train.py "$(FOLDER)" $(TRAIN)
	$(BIN)/python predict.py "$(PHOTO)"

test: .venv/installed-for-tests
	$(BIN)/python -m pytest $(TESTS)

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Face2Vec needs Python 3.10 to 3.13, and $(PYTHON) is `$(PYTHON) -V`: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; } >&2
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar off -r requirements.txt
	@$(WORKING_OPENCV)
	@touch $@

.venv/installed-for-tests: .venv/installed pyproject.toml
	$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar off -e '.[test]'
	@$(WORKING_OPENCV)
	@touch $@

# Where the system has no libGL, OpenCV without windows takes over.
WORKING_OPENCV = $(BIN)/python -c 'import cv2' 2>/dev/null || \
  { echo "no libGL here: OpenCV without windows takes over"; \
    $(BIN)/pip uninstall --quiet --yes opencv-python && \
    $(BIN)/pip install --disable-pip-version-check --quiet --force-reinstall --no-deps \
      "`sed -n 's/^opencv-python/opencv-python-headless/p' requirements.txt`" && \
    $(BIN)/python -c 'import cv2'; }

clean:
	rm -rf .venv cache logs build dist *.egg-info .pytest_cache
