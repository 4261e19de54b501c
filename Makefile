# Everything a newcomer or a CI machine types. It needs Python 3.11 or later, git and make;
# each target sets up the environment in .venv by itself, and does so again only when
# pyproject.toml has changed.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The address and the port of `make demo`.
HOST ?= 127.0.0.1
PORT ?= 8080

# What `make bench` hands on: make bench BENCH="--rounds 5 --only hello"
BENCH ?=

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12` names another.
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in $(CANDIDATES); do \
	"$$each" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$each"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help demo test lint types check bench format changelog clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: $(READY)  ## serve the demonstration site on 127.0.0.1:8080 (PORT=9000 for another port)
	@$(BIN)/python -m demo --host $(HOST) --port $(PORT)

test: lint types check  ## everything that CI checks

lint: $(READY)  ## style and format, by ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## types, by mypy in strict mode
	$(BIN)/mypy

check: $(READY)  ## the tests, in parallel, the import rule of the house among them
	$(BIN)/pytest -n auto

bench: $(READY)  ## compare CPU time per request with other servers (needs wrk, nginx)
	$(BIN)/python -m benchmarks $(BENCH)
	$(BIN)/python -m benchmarks.process

format: $(READY)  ## rewrite the sources in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

changelog: $(READY)  ## show what the changelog would say of the fragments so far
	$(BIN)/towncrier build --draft

clean:  ## remove the environments and every cache
	rm -rf $(VENV) benchmarks/.peers build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# NOTE: the stamp is touched last, so that an interrupted set-up is done again.
$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none of" \
		"$(CANDIDATES) is one. Name yours: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' || { echo "Python 3.11 or later is needed;" \
		"$(PYTHON) is $$("$(PYTHON)" --version 2>&1)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make" \
		"virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) ..."
	@"$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --upgrade pip
	@$(BIN)/python -m pip install -qq --editable . --group dev
	@touch $@
