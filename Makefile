# Duly's commands. All of them work in one environment, .venv, which they create themselves.

PYTHON ?= python3
MINUTES ?= 60
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP    := $(BIN)/python -m pip -qq --disable-pip-version-check

.PHONY: help setup run test soak check bench lock FORCE
.DEFAULT_GOAL := help

help:
	@echo 'make run     run the worker and its pages over a sample portfolio: http://127.0.0.1:8400'
	@echo 'make test    run all tests (ARGS="tests/domain -x" narrows them)'
	@echo 'make soak    simulate for an hour (MINUTES=60), then run the tests that take long'
	@echo 'make check   formatting, lint, types and import rules'
	@echo 'make bench   measure speed and memory'
	@echo 'make lock    renew the pinned requirements'

setup: $(STAMP) ;@:

run: setup
	@$(BIN)/duly run --sample-if-empty $(ARGS)

# More than eight processes wait for the disk of their databases, not for a core.
test: setup
	@$(BIN)/python -m pytest -n logical --maxprocesses 8 --dist worksteal $(ARGS)

soak: setup
	@$(BIN)/python -m tests.simulation --minutes $(MINUTES)
	@$(BIN)/python -m pytest -n logical --maxprocesses 8 --dist worksteal -m soak --timeout 3600 $(ARGS)

check: setup
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: setup
	@$(BIN)/python -m benchmarks $(ARGS)

# ------------------------------------------------------------------------------------------- environment

too_old   = Duly needs Python 3.11 or later and '$(PYTHON)' is not: install one, or name it (make PYTHON=python3.12)
no_venv   = the venv module of '$(PYTHON)' is missing: install it (Debian, Ubuntu: apt install python3-venv) and run make again

# What `$(PYTHON)` is: ready, no_venv or too_old.
python_is = $(or $(shell $(PYTHON) -c 'import sys; from importlib.util import find_spec as has; print( \
	"too_old" if sys.version_info < (3, 11) else \
	"ready" if has("venv") and has("ensurepip") else "no_venv")' 2>/dev/null),too_old)

# The commands in .venv carry the path they were installed at: a moved or copied folder gets new ones.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

# The build backend is pinned among the requirements, hence no build isolation.
$(STAMP): pyproject.toml requirements/dev.txt
	$(if $(filter ready,$(python_is)),,$(error $($(python_is))))
	@if [ -e $@ ] && [ "$$(cat $@)" != "$(CURDIR)" ] || ! $(PIP) --version >/dev/null 2>&1; then \
		echo 'Creating $(VENV)'; $(PYTHON) -m venv --clear $(VENV); fi
	@echo 'Installing the pinned requirements into $(VENV)'
	@rm -f $@
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" > $@

# Each file starts as a copy of the one before, so that all pin the same releases.
COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

lock: setup
	@$(COMPILE) --upgrade --output-file requirements/run.txt pyproject.toml
	@cp requirements/run.txt requirements/dev.txt
	@$(COMPILE) --extra dev --output-file requirements/dev.txt pyproject.toml
	@cp requirements/dev.txt requirements/build.txt
	@$(COMPILE) --only-build-deps --build-deps-for wheel --output-file requirements/build.txt pyproject.toml
