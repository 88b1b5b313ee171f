# Two commands for everybody: `make demo` and `make test`. Both do all the set-up they need, and only when it is needed.
#
#   make demo TORCH_INDEX=<index>   takes torch from another package index, for example a CPU-only build for laptops
#   make test PYTEST_ARGS="-k lstm" passes arguments on to pytest

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV ?= .venv
TORCH_INDEX ?=
PYTEST_ARGS ?=
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint sync docs lock figures sandbox clean help

help:
	@echo "make demo   a class of made-up submissions, released, graded and given feedback"
	@echo "make test   all tests, the source notebooks included"
	@echo "make lint   ruff and mypy"
	@echo "make sync   source/ and release/ from assignments/"
	@echo "make docs   the documentation as a site, in site/"
	@echo "make lock   new versions into requirements.lock and environment.yml"

demo: $(READY) sandbox
	@$(BIN)/course demo

test: $(READY) sandbox
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --nbval-lax --nbval-current-env -p no:cacheprovider -o addopts= -o filterwarnings=default source

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

sync: $(READY)
	@for policy in assignments/*/assignment.toml; do \
		$(BIN)/course release $$(basename $$(dirname $$policy)) || exit 1; done

docs: $(READY)
	$(BIN)/python -m mkdocs build --strict

figures: $(READY)
	@for script in assignments/*/figures/draw*.py; do $(BIN)/python $$script; done

# Every package in exactly the locked version; torch first, where it is to come from elsewhere.
$(READY): requirements.lock constraints-cuda.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed; install it, or say PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@echo "installing the locked packages (some minutes the first time)"
	@if [ -n "$(TORCH_INDEX)" ]; then \
		$(BIN)/python -m pip install --quiet --index-url "$(TORCH_INDEX)" $$(grep -E '^(torch|torchvision)==' requirements.lock); fi
	@$(BIN)/python -m pip install --quiet -r requirements.lock -c constraints-cuda.lock
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $(READY)

# Grading confines student code with bubblewrap where there is Linux. Installed here if that is allowed, else explained.
sandbox:
	@if [ "$$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
			echo "installing bubblewrap"; apt-get update -qq && apt-get install -y -qq bubblewrap >/dev/null || true; \
		else echo "bubblewrap is missing: install it (for example: sudo apt-get install bubblewrap) for full confinement"; fi; fi

lock: $(READY)
	$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache
