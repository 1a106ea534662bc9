# Every target sets up what it needs: a virtual environment in .venv, with the versions of
# constraints.txt. All that is needed beforehand is Python 3.11 or newer, bash and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install --constraint constraints.txt
SOURCES := sk_hyperimage tests examples docs benchmarks

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

.venv/python: # a virtual environment with the first suitable Python, and torch in it
	@python=$$(for name in python3 python3.13 python3.12 python3.11; do \
	    $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && echo $$name && break; done || true); \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed and was not found." >&2; exit 1; fi; \
	echo "== Making a virtual environment in .venv with $$($$python --version)"; \
	$$python -m venv --clear .venv
	@echo "== Installing torch (the largest download)"
	@$(PIP) torch==2.13.0
	@touch $@

.venv/%: .venv/python pyproject.toml constraints.txt
	@echo "== Installing sk_hyperimage for: make $*"
	@$(PIP) --editable ".[$(EXTRAS)]"
	@touch $@
.venv/demo: EXTRAS := plots
.venv/tests: EXTRAS := tests,plots
.venv/lint: EXTRAS := lint
.venv/docs: EXTRAS := docs
.venv/benchmarks: EXTRAS := benchmarks

demo: .venv/demo ## train and evaluate a two-stage model on real photographs (minutes)
	@echo "== Training and evaluating on photographs; the picture goes to demo.png"
	@$(BIN)/python examples/plot_photographs.py demo.png

test: .venv/tests ## run the tests
	@echo "== Running the tests"
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -n auto -m "not slow"

slow: .venv/tests ## run the tests that take minutes each
	@$(BIN)/python -m pytest -m slow

doctest: .venv/tests ## run the examples in the docstrings
	@echo "== Running the examples in the docstrings"
	@$(BIN)/python -m pytest --doctest-modules --doctest-glob='*.rst' sk_hyperimage docs/user_guide

lint: .venv/lint ## check style and types
	@echo "== Checking style and types"
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy

docs: .venv/docs ## build the documentation, warnings being errors
	@echo "== Building the documentation into docs/_build/html"
	@$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build/html

benchmark: .venv/benchmarks ## run the benchmarks and write their table for the documentation
	@echo "== Running the benchmarks"
	@$(BIN)/python benchmarks

clean: ## remove what the other targets made
	rm -rf .venv docs/_build docs/generated docs/gallery docs/api.rst docs/sg_execution_times.rst demo.png

.PHONY: help demo test slow doctest lint docs benchmark clean
