# `make up` and `make test` need Python 3.11 or newer, pip, make and git; nothing else.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
RUN := $(VENV)/bin/python
# Debian ships a Python whose venv module cannot put pip into what it makes: its own pip is used then.
INSTALL = $$([ -x $(VENV)/bin/pip ] && echo "$(RUN) -m pip" || echo "$(PYTHON) -m pip --python $(RUN)") \
	install --quiet --disable-pip-version-check --require-hashes --no-deps

.DEFAULT_GOAL := help
.PHONY: help up test bench lint lock messages clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Headrace needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear --without-pip $(VENV)

$(VENV)/runtime: requirements.lock | $(VENV)/bin/python
	@echo "Installing what Headrace needs into $(VENV) ..."
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing what the tests need into $(VENV) ..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/runtime

up: $(VENV)/runtime ## install, migrate and start everything; Ctrl-C stops it
	@exec $(RUN) manage.py up --tied
