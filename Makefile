# The targets are what continuous integration runs. `make demo` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The tests start some hundred processes of this program; where none may keep what it compiled, each compiles all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: env demo test check lint bench crash screenshots lock clean

env: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

demo: env
	$(BIN)/python examples/demo.py

# A process more than there are cores, whole modules to each, in the order of tests/conftest.py: the longest first.
test: env
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: env
	$(BIN)/python -m bench

# Every crash point on both databases, every act, 200 random kills: half an hour to an hour on two cores.
crash: env
	COLOPHON_CRASH=all $(BIN)/python -m pytest tests/crash tests/services/test_crash_matrix.py -s

# The pictures of docs/web.md: the examples are run into a home of their own once, which takes minutes.
screenshots: env
	COLOPHON_SCREENSHOTS=/tmp/colophon $(BIN)/python -m pytest tests/web/browser/test_screenshots.py -q

# A new lock: hashes, no index addresses (https://docs.astral.sh/uv/pip/compile/).
lock:
	uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 -o requirements.lock --upgrade
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --constraint requirements.lock -o deployments/requirements.lock --upgrade

clean:
	rm -rf $(VENV) .colophon dist build
