# Every target sets up what it needs: a virtual environment in .venv, with the versions of
# constraints.txt. All that is needed beforehand is Python 3.11 or newer, bash and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
# Modules are compiled when they are first imported, and kept; most of what is installed never is.
export PYTHONDONTWRITEBYTECODE :=
PIP := python -m pip --quiet --disable-pip-version-check install --no-compile
PYTHONS := python3 python3.13 python3.12 python3.11
.venv-minimum/python: PYTHONS := python3.11
SOURCES := sk_hyperimage tests examples docs benchmarks .ci
TESTS := tests
# A worker keeps the tests of one file, which share what was fitted once, until the other is idle.
PARALLEL := -n auto --dist worksteal

help: ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

# A virtual environment with the first suitable Python, and torch in it.
.venv/python .venv-minimum/python .venv-wheel/python: %/python:
	@python=$$(for name in $(PYTHONS); do \
	    $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    && echo $$name && break; done || true); \
	if [ -z "$$python" ]; then echo "None of these is 3.11 or newer: $(PYTHONS)" >&2; exit 1; fi; \
	echo "== Making a virtual environment in $* with $$($$python --version)"; \
	$$python -m venv --clear $*
	@echo "== Installing torch (the largest download)"
	@$*/bin/$(PIP) --constraint constraints.txt torch
	@touch $@

.venv/%: .venv/python pyproject.toml constraints.txt
	@echo "== Installing sk_hyperimage for: make $*"
	@$(BIN)/$(PIP) --constraint constraints.txt --editable ".[$(EXTRAS)]"
	@touch $@
.venv/demo: EXTRAS := plots
.venv/tests: EXTRAS := tests
.venv/lint: EXTRAS := lint
.venv/docs: EXTRAS := docs
.venv/wheel: EXTRAS := wheel
.venv/benchmarks: EXTRAS := benchmarks

demo: .venv/demo ## train and evaluate a two-stage model on real photographs (minutes)
	@echo "== Training and evaluating on photographs: a few minutes on two cores. The picture goes to demo.png"
	@$(BIN)/python examples/plot_photographs.py demo.png

test: .venv/tests ## run the tests, or those that TESTS="..." names
	@echo "== Running the tests"
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest $(PARALLEL) -m "not slow" $(TESTS)

slow: .venv/tests ## run the tests that take minutes each
	@$(BIN)/python -m pytest -m slow

doctest: .venv/tests ## run the examples in the docstrings
	@echo "== Running the examples in the docstrings"
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest $(PARALLEL) \
	    --doctest-modules --doctest-glob='*.rst' docs/*.rst docs/user_guide sk_hyperimage

lint: .venv/lint ## check style and types
	@echo "== Checking style and types"
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy

docs: .venv/docs ## build the documentation, warnings being errors
	@echo "== Building the documentation into docs/_build/html"
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m sphinx -W --keep-going -q docs docs/_build/html

linkcheck: docs ## check the links of the documentation to other sites
	@echo "== Checking links"
	@$(BIN)/python -m sphinx -q -b linkcheck -d docs/_build/html/.doctrees docs docs/_build/linkcheck

benchmark: .venv/benchmarks ## run the benchmarks and write their table for the documentation
	@echo "== Running the benchmarks"
	@$(BIN)/python benchmarks

minimum: .venv-minimum/tests ## run the tests with the oldest versions of the dependencies
	@echo "== Running the tests with the oldest versions"
	@OMP_WAIT_POLICY=PASSIVE .venv-minimum/bin/python -m pytest $(PARALLEL) -m "not slow" $(TESTS)

.venv-minimum/tests: .venv-minimum/python pyproject.toml constraints.txt constraints-minimum.txt
	@echo "== Installing sk_hyperimage for: make minimum"
	@awk -F== '!seen[$$1]++' constraints-minimum.txt constraints.txt > .venv-minimum/constraints.txt
	@.venv-minimum/bin/$(PIP) --constraint .venv-minimum/constraints.txt --editable ".[tests]"
	@touch $@

wheel: .venv/wheel .venv-wheel/python ## build wheel and sdist, and run the tests of the sdist on the wheel
	@echo "== Building the wheel and the sdist into dist"
	@rm -rf dist
	@$(BIN)/python -m build .
	@$(BIN)/python -m twine check --strict dist/*
	@$(BIN)/python .ci/check_distributions.py
	@echo "== Installing the wheel"
	@.venv-wheel/bin/$(PIP) --constraint constraints.txt "$$(echo dist/*.whl)[tests]"
	@echo "== Running the tests of the sdist on the wheel"
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	tar -xzf dist/*.tar.gz -C "$$folder" --strip-components 1; \
	rm -r "$$folder/sk_hyperimage"; cd "$$folder"; \
	OMP_WAIT_POLICY=PASSIVE PYTHONPATH= "$(CURDIR)/.venv-wheel/bin/python" -m pytest $(PARALLEL) \
	    -m "not slow" $(TESTS)

clean: ## remove what the other targets made
	rm -rf .venv .venv-minimum .venv-wheel dist docs/_build docs/generated docs/gallery docs/api.rst docs/sg_execution_times.rst demo.png

# The wheel goes into a new environment every time.
.PHONY: .venv-wheel/python help demo test slow doctest lint docs linkcheck benchmark minimum wheel clean
