# make train   set-up if it is missing, then train on FOLDER (the made-up people) and predict a photo
# make test    set-up if it is missing, then the whole test suite
# make check   set-up if it is missing, then all that is checked besides: style, types, layers,
#              dependencies, the quick tests, and whether a wheel installs and runs
# make fuzz    damage files of every kind, CASES=10000 of them, and go on where it was stopped
# make clean   remove what these made, but not the model

# The first interpreter here that fits; PYTHON=python3.12 chooses another.
FITS := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10 python3.14 python; do \
  $$python -c '$(FITS)' 2>/dev/null && { echo $$python; break; }; done)
FOLDER ?= faces
PHOTO ?= $(shell find "$(FOLDER)" -type f -name '*.jpg' 2>/dev/null | sort | head -n 1)
BIN := .venv/bin
PIP := $(BIN)/pip install --disable-pip-version-check --quiet --progress-bar off
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile

.PHONY: train test check fuzz format clean

# From new weights: the same photos then give the same model, and the file is left as it is.
train: .venv/installed
	$(BIN)/python train.py "$(FOLDER)" --fresh $(TRAIN)
	$(BIN)/python predict.py "$(PHOTO)"

test: .venv/installed-for-tests
	$(PYTEST) $(TESTS)

check: .venv/installed-for-checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(PYTEST) -m "not slow"
	$(BIN)/python tests/check_wheel.py

fuzz: .venv/installed-for-tests
	$(BIN)/python -m tests.fuzz --cases $(or $(CASES),10000) --state .fuzz.json

format: .venv/installed-for-checks
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/installed: requirements.txt
	@$(or $(PYTHON),false) -c '$(FITS)' || \
	  { echo "Face2Vec needs Python 3.10 to 3.14, and there is none: install it, or name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; } >&2
	$(PYTHON) -m venv .venv
	@$(ONE_OPENCV)
	$(PIP) -r requirements.txt
	@touch $@

.venv/installed-for-tests: .venv/installed pyproject.toml
	$(PIP) -e '.[test]'
	@touch $@

.venv/installed-for-checks: .venv/installed-for-tests
	$(PIP) -e '.[check]'
	@touch $@

# A set-up of before may hold the OpenCV with windows: two of them overwrite each other's files.
ONE_OPENCV = test `uname` != Linux || \
  $(BIN)/pip uninstall --disable-pip-version-check --quiet --yes opencv-python 2>/dev/null

clean:
	rm -rf .venv cache logs build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
