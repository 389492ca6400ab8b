# Everything runs in .venv at the project's root; only Python 3.11 to 3.13, make and git must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA_DIR ?= demo-data
PORT ?= 8000
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Tests start many commands, which load sooner where Python may keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test check unit suites examples bench mutants lock format docs clean

help:  ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready  ## Install everything from the lock, and build the browser assets.

$(VENV)/.ready: requirements.lock pyproject.toml package-lock.json
	@echo "Setting up $(VENV) (about two minutes the first time)…"
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "ytemo needs Python 3.11, 3.12 or 3.13: run make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# The lock is complete: pip need not resolve (its resolver fails on extras as soon as a newer version is out).
	@$(PIP) install --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) check
	@$(BIN)/python -m portal.build_assets
	@touch $@

demo: setup  ## Publish the demo datasets from real input and serve the portal.
	@$(BIN)/ytemo demo --data-dir $(DATA_DIR) --port $(PORT)

test: setup  ## Run every check and every test.
	@# The examples take the processor that checks leave idle.
	@$(MAKE) --no-print-directory --jobs 2 check examples
	@$(MAKE) --no-print-directory suites

check: setup  ## Style, types and import rules.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

unit: suites examples

suites: setup
	@# In their own order: the store that pages share is published while others run, and small tests end the run.
	@$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist loadgroup --no-loadscope-reorder

examples: setup
	@$(BIN)/pytest --quiet --doctest-modules anonymization catalog datasets portal publishers

bench: setup  ## Measure the hot paths against something known, in the same run.
	@$(BIN)/python -m benchmarks

mutants: setup  ## Change the engine in one place at a time and count what the tests notice (an hour; MODULES=… for some).
	@$(BIN)/python -m tests.mutants $(MODULES)

format: setup  ## Put the code into its style.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup  ## Write the generated reference pages anew.
	@$(BIN)/python -m tests.support.reference_docs

lock: setup  ## Resolve the dependencies again.
	@$(PIP) install --upgrade uv
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --group test --group build \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade --output-file requirements.lock

clean:  ## Remove what the targets made, but no data.
	rm -rf $(VENV) .venv-oracles node_modules portal/shared/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis
