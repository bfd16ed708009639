# Everything runs from a bare machine: Python 3.11+, git and make. `make` alone lists the targets.

# The first Python on PATH that is new enough; make PYTHON=/path/to/python picks another.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
endif
PORT ?= 8000
VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest

export PORT

# Where Python is told to keep nothing compiled, as images often do, each of a test run's processes would compile all
# of its packages anew. Then what it compiles lies in a folder of ours.
ifdef PYTHONDONTWRITEBYTECODE
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/var/compiled
endif

.DEFAULT_GOAL := help
.PHONY: help demo test unit journeys soak bench bench-drain bench-history bench-validators check audit format lock clean portal-packages dev-packages has-python

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: portal-packages  ## the whole portal on this machine, with sample data (PORT=8000)
	@exec $(VENV)/python -m governance.supervisor

test: dev-packages  ## every check, every test, browser journeys included
	@exec $(VENV)/python -m tools.testing test

unit: dev-packages  ## the tests that need no browser
	@exec $(VENV)/python -m tools.testing unit

journeys: dev-packages  ## the tests in a real browser
	@exec $(VENV)/python -m tools.testing journeys

soak: dev-packages  ## long runs with faults
	@exec $(VENV)/python -m tools.testing soak

bench: dev-packages  ## measure against the goals
	@exec $(VENV)/python -m tools.bench

bench-drain: dev-packages  ## measure how fast the outbox empties
	@exec $(VENV)/python -m tools.bench.drain

bench-history: dev-packages  ## measure the history's metrics beside git log (REPOSITORY=path, else one made for it)
	@exec $(VENV)/python -m tools.bench.history $(REPOSITORY)

bench-validators: dev-packages  ## measure what the hooks cost
	@exec $(VENV)/python -m tools.bench.validators

check: dev-packages  ## format, lint, types, templates, imports, migrations
	@exec $(VENV)/python -m tools.check

audit: dev-packages  ## known weaknesses of what the locks hold; needs a network, so no test does it
	@exec $(VENV)/python -m tools.audit

format: dev-packages  ## put code and templates into shape
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix --quiet . || true
	@test ! -d templates || $(VENV)/djlint --quiet --reformat templates || true

lock: dev-packages  ## resolve the newest versions that pyproject.toml allows, and lock them with hashes
	@exec $(VENV)/python -m tools.lock

clean:  ## remove what the set-up made; the data of the demo in var/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var/test var/compiled build *.egg-info

portal-packages: has-python
	@$(PYTHON) tools/bootstrap.py portal

dev-packages: has-python
	@$(PYTHON) tools/bootstrap.py dev

has-python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and none is on PATH: install it, or say make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
