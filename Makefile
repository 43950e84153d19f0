# The only commands to know. Each needs make and a Python from 3.12 on, nothing else.
PORT ?= 8000
STRIPE_PORT ?= 8001
RESET ?=
TESTS ?=
export BACKOFFICE_ENV ?= demo
# Compiled modules are kept: a dozen processes would each compile everything again.
export PYTHONDONTWRITEBYTECODE =
PY = .venv/bin/python

.PHONY: help demo test torture lint shots bench lock
help:  ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1 - /p' Makefile

demo:  ## run the back office here: PORT=8000 STRIPE_PORT=8001, RESET=1 starts over
	@sh .ci/environment requirements.lock
	@exec $(PY) manage.py demo --port $(PORT) --stripe-port $(STRIPE_PORT) $(if $(filter-out 0,$(RESET)),--reset)

test:  ## run the tests of every change: TESTS=tests/ledger runs all of a folder
	@sh .ci/environment requirements-dev.lock
	@sh .ci/test $(if $(TESTS),,--not-torture) $(TESTS)

torture:  ## run the long ones: races, storms, fuzzing, crawls, whole stories in a browser
	@sh .ci/environment requirements-dev.lock
	@sh .ci/test --torture

lint:  ## formatting, rules, types and import contracts
	@sh .ci/environment requirements-dev.lock
	@sh .ci/lint

shots:  ## screenshots of the main screens into screenshots/
	@sh .ci/environment requirements-dev.lock
	@$(PY) -m tests.shots

bench:  ## measure against a stock way and the bare limit, into docs/benchmarks.md
	@sh .ci/environment requirements-dev.lock
	@$(PY) -m tests.benchmarks

lock:  ## pin all dependencies again (needs uv)
	@.ci/lock
