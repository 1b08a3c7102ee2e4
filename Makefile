# `make up` and `make test` need Python 3.11 or newer, pip, make and git; nothing else.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
SDK := .venv-sdk
SPARK := .venv-spark
BIN := $(VENV)/bin
# Debian ships a Python whose venv module cannot put pip into what it makes: its own pip is used then.
MAKE_VENV = [ -n "$(PYTHON)" ] || { echo "Headrace needs Python 3.11 or newer." >&2; exit 1; }; \
	$(PYTHON) -m venv --clear $(1) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(1)
INSTALL = $$([ -x $(1)/bin/pip ] && echo "$(1)/bin/python -m pip" || echo "$(PYTHON) -m pip --python $(1)/bin/python") \
	install --quiet --disable-pip-version-check --require-hashes --no-deps
PYTEST := $(BIN)/python -m pytest --quiet
QUICK := not stack and not browser and not spark

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help up test lint types unit postgres js stack test-spark bench chaos lock messages clean

help: ## show what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST))

up: $(VENV)/runtime ## install, migrate and start everything; Ctrl-C stops it
	@exec $(BIN)/python manage.py up --tied

test: lint types js unit postgres stack ## all checks and tests, the whole installation and the browser included

lint: $(VENV)/dev ## style, templates, and which way imports point
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --lint --quiet templates

types: $(VENV)/dev ## type annotations
	@$(BIN)/mypy

js: ## the canvas without a browser, where there is Node
	@if command -v node >/dev/null && ls tests/js/*.test.* >/dev/null 2>&1; then \
		node --test --test-reporter=spec tests/js/; else echo "no Node: its tests are left out"; fi

unit: $(VENV)/dev ## everything that needs no whole installation, on SQLite
	@$(PYTEST) -n 2 -m "$(QUICK)"

postgres: $(VENV)/dev ## what uses a database, on a real PostgreSQL
	@HEADRACE_TEST_DATABASE=postgres $(PYTEST) -n 2 -m "$(QUICK)"

stack: $(VENV)/dev $(SDK)/ready ## whole installations: launcher, vendor SDKs, browser
	@$(PYTEST) -n 2 --dist loadfile -m "(stack or browser) and not spark"

test-spark: $(VENV)/dev $(SPARK)/ready ## real Spark, Hive and MapReduce jobs: takes minutes, and installs 600 MB first
	@$(PYTEST) -m spark

bench: $(VENV)/dev ## how fast, beside ninja on the same machine
	@$(BIN)/python -m bench.run

FAULTS := 100
MINUTES := 7

chaos: $(VENV)/dev ## kill everything again and again: nothing may be lost or run twice (FAULTS=100 MINUTES=7 a database)
	@$(BIN)/python -m tests.chaos --faults $(FAULTS) --minutes $(MINUTES)

lock: ## resolve the dependencies anew and write the lock files
	@$(call MAKE_VENV,.cache/lock)
	@.cache/lock/bin/python -m pip install --quiet 'pip-tools==7.6.*'
	@$(LOCK) --output-file requirements.lock pyproject.toml
	@$(LOCK) --extra dev --extra test --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	@$(LOCK) --output-file tests/sdk/requirements.lock tests/sdk/requirements.in
	@$(LOCK) --output-file tests/spark/requirements.lock tests/spark/requirements.in

LOCK := .cache/lock/bin/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

messages: $(VENV)/runtime ## gather what is to be translated (needs GNU gettext)
	@$(BIN)/python manage.py makemessages --all --no-location
	@$(BIN)/python manage.py makemessages --all --no-location --domain djangojs

clean: ## remove what was installed and cached; the data in .headrace stays
	rm -rf $(VENV) $(SDK) $(SPARK) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(call MAKE_VENV,$(VENV))

$(VENV)/runtime: requirements.lock | $(BIN)/python
	@echo "Installing what Headrace needs into $(VENV) ..."
	@$(call INSTALL,$(VENV)) -r requirements.lock
	@touch $@

$(VENV)/dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing what the tests need into $(VENV) ..."
	@$(call INSTALL,$(VENV)) -r requirements-dev.lock
	@touch $@ $(VENV)/runtime

# The vendor's own SDKs, as their users install them: apart from us.
$(SDK)/ready: tests/sdk/requirements.lock
	@echo "Installing the vendor SDKs into $(SDK) ..."
	@$(call MAKE_VENV,$(SDK))
	@$(call INSTALL,$(SDK)) -r tests/sdk/requirements.lock
	@touch $@

# Spark with its Hadoop and Hive jars, and a Java: apart from us, as on a host of a cluster.
$(SPARK)/ready: tests/spark/requirements.lock
	@echo "Installing Spark and a Java into $(SPARK) ..."
	@$(call MAKE_VENV,$(SPARK))
	@$(call INSTALL,$(SPARK)) -r tests/spark/requirements.lock
	@touch $@
