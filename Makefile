# make demo: train the fable and generate from it. make test, make check, make smoke: what CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-backends check smoke format dist clean

demo: $(VENV)/.installed
	$(BIN)/rnnkit train configs/fable.yaml
	$(BIN)/rnnkit generate --seed "had a general"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto

test-backends: $(VENV)/.installed-dev
	KERAS_BACKEND=tensorflow $(BIN)/python -m pytest -n auto -m backend
	KERAS_BACKEND=jax $(BIN)/python -m pytest -n auto -m backend

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

smoke: $(VENV)/.installed
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/smoke.sh

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

dist: $(VENV)/.installed-dev
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml scripts/constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c scripts/constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c scripts/constraints.txt -e '.[dev,jax]'
	touch $@
