# `make` alone lists what there is. Everything runs from .venv, which is made on first need.
# Written for GNU make 3.81 and a POSIX shell: what macOS ships.

PYTHON ?=
# A third one works while the others wait for a disk, a browser or a process.
JOBS   ?= 3
VENV   := .venv
PY     := $(VENV)/bin/python
STAMP  := $(VENV)/.locked
CODE   := bot handlers playbooks storage docs tests $(if $(wildcard benchmarks/*.py),benchmarks)
BENCHES = $(patsubst benchmarks/%.py,benchmarks.%,$(wildcard benchmarks/bench_*.py))
LOCK    = pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help venv demo test soak lint format types check docs bench wheel lock clean distclean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 - \2/p' Makefile

venv: $(STAMP) ## make .venv from the lock file (again only when that changes)

# --no-build-isolation: a build environment of pip's own would fetch its parts without our hashes.
$(STAMP): requirements/dev.txt pyproject.toml
	@echo "venv: installing the locked packages into $(VENV) (a minute, once)"
	@found=; \
	for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "venv: no Python 3.11 or newer with venv was found; nothing was changed." >&2; \
	  echo "Install one (on Debian: python3 and python3-venv), or: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	"$$found" -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## a sample show on the local stage, in your browser
	@echo "demo: starting a sample show (Ctrl-C ends it, nothing is kept)"
	@$(VENV)/bin/andon demo

# Tests start Python hundreds of times; where it may not keep what it compiled (images of containers
# often say so), most of that time would go into compiling.
test soak: export PYTHONDONTWRITEBYTECODE =

test: $(STAMP) ## every test but the soak
	@echo "test: every test but the soak, $(JOBS) at a time"
	@$(PY) -m pytest -q -n $(JOBS) --dist worksteal -m "not soak"

soak: $(STAMP) ## every test, with far higher counts (takes a while)
	@echo "soak: every test, with far higher counts, $(JOBS) at a time"
	@ANDON_SOAK=1 $(PY) -m pytest -q -n $(JOBS) --dist worksteal -o timeout=3600

lint: $(STAMP) ## look for mistakes and wrong layout, change nothing
	@echo "lint: ruff, layout and rules"
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .

format: $(STAMP) ## lay the code out and mend what can be mended
	@echo "format: ruff, in place"
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

types: $(STAMP) ## check the types, strictly
	@echo "types: mypy --strict on $(CODE)"
	@$(PY) -m mypy $(CODE)

check: lint types test ## lint, types and tests

docs: $(STAMP) ## write docs/commands.md and docs/settings.md from the code
	@echo "docs: commands and settings, from the code"
	@$(PY) -m docs.generate

bench: $(STAMP) ## run every benchmarks/bench_*.py
	@echo "bench: $(words $(BENCHES)) benchmarks, one after the other"
	@set -e; for bench in $(BENCHES); do echo "bench: $$bench"; $(PY) -m $$bench; done

wheel: $(STAMP) ## build dist/andon-*.whl
	@echo "wheel: building into dist/"
	@$(PY) -m build --wheel --no-isolation

lock: $(STAMP) ## bring requirements/*.txt up to pyproject.toml (needs uv)
	@echo "lock: resolving for CPython 3.11 and newer, Linux, macOS and Windows"
	@uv=$$(command -v $(VENV)/bin/uv || command -v uv) || \
	  { echo "lock: uv was not found; nothing was changed. Install uv and run this again." >&2; \
	    exit 1; }; \
	"$$uv" $(LOCK) -o requirements/run.txt && \
	"$$uv" $(LOCK) --group dev -c requirements/run.txt -o requirements/dev.txt

clean: ## remove what was built or cached, keep .venv
	@echo "clean: removing builds and caches; .venv and your data stay"
	@rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## clean, and remove .venv
	@echo "distclean: removing $(VENV); your data stays"
	@rm -rf $(VENV)
