# make demo: train the fable and generate from it. make check, make test, make test-jax, make smoke
# (the shipped configs), make test-install, make test-jax-alone: what CI runs. make soak: the long
# proofs. make docs: the site of the documentation, build/site/index.html.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# what the installation compiles
KERNELS := scripts/build_kernels.py $(wildcard rnnkit/kernels/src/*)
# else every process compiles rnnkit, and pytest rewrites every test, anew
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal --durations=20

.PHONY: installed browser demo test test-jax test-install test-jax-alone test-trackers smoke tutorials soak soak-processes check format docs notebooks test-notebooks dist wheels clean

installed: $(VENV)/.installed-dev

# A Chromium for the tests of exported pages, where a package manager may install it; they say why
# they are skipped where there is none.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		timeout 240 sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
		apt-get -qq install --yes --no-install-recommends chromium' >/dev/null 2>&1; } \
		|| echo "no chromium: the tests of exported pages are skipped"

demo: $(VENV)/.installed
	$(BIN)/rnnkit train configs/fable.yaml
	$(BIN)/rnnkit generate --seed "had a general"

test: $(VENV)/.installed-dev
	KERAS_BACKEND=tensorflow $(PYTEST)

# What may differ by backend, once more on JAX; most of its time is compiling what runs once.
test-jax: $(VENV)/.installed-dev
	KERAS_BACKEND=jax JAX_DISABLE_MOST_OPTIMIZATIONS=1 $(PYTEST) -m "backend and not soak" \
		$(shell grep -rl 'mark\.backend' tests)

# A fresh environment with rnnkit alone: it answers, without a framework.
test-install: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m install tests/test_install.py -k test_base

# A fresh environment with JAX and without TensorFlow: a config of each task trains, resumes, is evaluated.
test-jax-alone: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m install tests/test_install.py -k test_jax_alone

# The trackers' own libraries, which dev has not: apart, in build/trackers.
test-trackers: $(VENV)/.installed-dev
	$(PIP) --target build/trackers mlflow-skinny wandb trackio
	PYTHONPATH=build/trackers $(BIN)/python -m pytest tests/workflows/test_tracking.py

smoke: $(VENV)/.installed-dev
	KERAS_BACKEND=tensorflow $(PYTEST) -m smoke tests/test_configs.py tests/workflows/test_configs.py \
		tests/workflows/inspect/test_speed.py

# The tutorials and guides that train, as they stand.
tutorials: $(VENV)/.installed-dev
	KERAS_BACKEND=tensorflow $(BIN)/python -m pytest -m soak tests/test_pages.py

# At most half an hour; what pytest's header names as SOAK_SEED draws the same again. The tutorials
# have a target of their own.
soak: $(VENV)/.installed-dev
	$(PIP) ziglang
	KERAS_BACKEND=tensorflow $(PYTEST) -m "soak or hypothesis" --hypothesis-profile soak \
		--timeout 1800 --session-timeout 1800 --ignore tests/test_pages.py $(TOGETHER:%=--ignore %)

# The long proofs of several processes, on this machine and on a local Ray.
TOGETHER := tests/workflows/sweep tests/workflows/scoring tests/workflows/processes \
	tests/backend/test_sharded.py
soak-processes: $(VENV)/.installed-dev
	KERAS_BACKEND=tensorflow $(PYTEST) -m "soak or hypothesis" --timeout 1800 \
		--session-timeout 1800 $(TOGETHER)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy scripts

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The tutorials as Jupyter notebooks.
notebooks: $(VENV)/.installed-dev
	$(BIN)/python scripts/build_notebooks.py build/notebooks

# Four of them, executed for a few epochs.
test-notebooks: $(VENV)/.installed-dev
	KERAS_BACKEND=tensorflow $(BIN)/python scripts/build_notebooks.py build/notebooks --execute

# Needs no network once it is installed, nor does the site, which is opened from a disk.
docs: $(VENV)/.installed-docs
	$(BIN)/python scripts/build_docs.py

dist: $(VENV)/.installed-dev
	$(BIN)/python -m build

# For Linux, macOS and Windows, with compiled kernels, by Zig's compiler.
wheels: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check ziglang
	$(BIN)/python scripts/wheels.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Bytecode is made of what is imported, when it is imported: most of TensorFlow never is.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c scripts/constraints.txt
NEEDS := pyproject.toml scripts/constraints.txt $(KERNELS)

$(VENV)/.installed: $(NEEDS) | $(VENV)/bin/python
	$(PIP) -e '.[tensorflow]'
	touch $@

$(VENV)/.installed-dev: $(NEEDS) | $(VENV)/bin/python
	$(PIP) -e '.[dev]'
	touch $(VENV)/.installed $@

$(VENV)/.installed-docs: $(NEEDS) | $(VENV)/bin/python
	$(PIP) -e '.[docs]'
	touch $@
