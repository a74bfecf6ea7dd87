# Handraise: `make` lists what there is to do; everything a target needs, it sets up itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
export PYTHONPATH := $(CURDIR):$(CURDIR)/sdk
PACKAGES := event_schemas task_kinds kernel services projections api deploy sdk examples bench tests
VIEW ?= inbox
# Each test worker has a broker and a database of its own; many tests wait for a clock, not a core.
WORKERS ?= 3

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z][a-zA-Z0-9_-]*:.*## ' $(MAKEFILE_LIST) | sort | \
	  awk -F ':.*## ' '{printf "  \033[1m%-24s\033[0m %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Handraise needs Python 3.11 or newer; $$($(PYTHON) --version) is not. Set PYTHON=…"; exit 1; }
	@echo "making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: install the venv package of your Python (Debian: python3-venv)"; exit 1; }

$(RUN_STAMP): requirements/run.lock | $(VENV)/bin/python
	@echo "installing what Handraise runs on (once, about a minute)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $< || \
	  { echo "the packages could not be fetched: check the network or your pip settings, then run make again"; exit 1; }
	@touch $@

$(DEV_STAMP): requirements/dev.lock | $(RUN_STAMP)
	@echo "installing what the tests and checks need (once, about a minute)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $< || \
	  { echo "the packages could not be fetched: check the network or your pip settings, then run make again"; exit 1; }
	@touch $@

.PHONY: setup
setup: $(DEV_STAMP) ## Install everything for running, testing and checking
	@$(PY) -m deploy.local fetch

.PHONY: run
run: $(RUN_STAMP) ## Start everything here and show it live (Ctrl-C stops it)
	@$(PY) -m deploy.local run

.PHONY: up
up: $(RUN_STAMP) ## Start everything in the background
	@$(PY) -m deploy.local up

.PHONY: down
down: $(RUN_STAMP) ## Stop what `make up` started
	@$(PY) -m deploy.local down

.PHONY: reset
reset: $(RUN_STAMP) ## Stop and wipe all data of the local stack
	@$(PY) -m deploy.local reset

.PHONY: status
status: $(RUN_STAMP) ## Show how the local stack fares
	@$(PY) -m deploy.local status

.PHONY: logs
logs: $(RUN_STAMP) ## Follow the logs (NAME=request_svc for one process)
	@$(PY) -m deploy.local logs $(NAME) -f

.PHONY: mail
mail: $(RUN_STAMP) ## Show the e-mails that the local stack has sent
	@$(PY) -m deploy.local mail

.PHONY: demo
demo: $(RUN_STAMP) ## Let a code-review agent ask you a question (needs make run or make up)
	@$(PY) -m examples.code_review demo $(ARGS)

EXAMPLES := code_review ad_tasks bot_recovery creator_reviews reel_scripts
.PHONY: $(EXAMPLES:%=example-%)
example-code_review: ## Play: agents under a supervisor, deploying only what a person approved
example-ad_tasks: ## Play: human tasks of an ad platform
example-bot_recovery: ## Play: people put failed automations back on their way
example-creator_reviews: ## Play: users ask the creator of an agent for help
example-reel_scripts: ## Play: a script is approved before the costly video is made
$(EXAMPLES:%=example-%): example-%: $(RUN_STAMP)
	@$(PY) -m deploy.local status >/dev/null 2>&1 || $(PY) -m deploy.local up
	@$(PY) -m examples.$* $(ARGS)

.PHONY: topics
topics: $(RUN_STAMP) ## List the topics, what they carry and how far they are
	@set -a; f=$${HANDRAISE_RUN_DIR:-.run}/dev.env; [ -f $$f ] && . $$f; set +a; $(PY) -m deploy.topics

.PHONY: migrate
migrate: $(RUN_STAMP) ## Create missing topics and run the migrations
	@set -a; f=$${HANDRAISE_RUN_DIR:-.run}/dev.env; [ -f $$f ] && . $$f; set +a; $(PY) -m deploy.bootstrap

.PHONY: rebuild
rebuild: $(RUN_STAMP) ## Rebuild a read model from the log, prove it equal, swap it in (VIEW=inbox|history)
	@set -a; f=$${HANDRAISE_RUN_DIR:-.run}/dev.env; [ -f $$f ] && . $$f; set +a; $(PY) -m projections.rebuild $(VIEW)

.PHONY: schemas
schemas: $(DEV_STAMP) ## Write the types from the Avro schemas, and golden bytes that are missing
	@$(PY) -m event_schemas.generate
	@$(PY) -m event_schemas.document
	@$(PY) -m tests.golden.make

.PHONY: format
format: $(DEV_STAMP) ## Format the code
	@$(VENV)/bin/ruff format -q $(PACKAGES)
	@$(VENV)/bin/ruff check -q --fix $(PACKAGES)

.PHONY: check
check: $(DEV_STAMP) ## Lint, types, imports, words: what every commit must pass
	@$(VENV)/bin/ruff format --check $(PACKAGES)
	@$(VENV)/bin/ruff check $(PACKAGES)
	@$(VENV)/bin/pyright --level error
	@$(VENV)/bin/lint-imports --cache-dir .run/import-linter
	@$(PY) -m event_schemas.generate --check
	@$(PY) -m event_schemas.document --check
	@$(PY) -m event_schemas.compatibility

.PHONY: chromium
chromium: $(DEV_STAMP)
	@$(PY) -m examples.common.chromium

.PHONY: test
test: $(DEV_STAMP) chromium ## All tests, on a real broker and database and in a real browser
	@$(PY) -m pytest tests -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 15

.PHONY: test-unit
test-unit: $(DEV_STAMP) ## Tests that need no servers
	@$(PY) -m pytest tests/unit

.PHONY: test-sim
test-sim: $(DEV_STAMP) ## The log protocol in a simulated bad world
	@$(PY) -m pytest tests/simulator

.PHONY: test-int
test-int: $(DEV_STAMP) chromium ## Tests on a real broker and database
	@$(PY) -m pytest tests/integration

.PHONY: test-late
test-late: $(DEV_STAMP) chromium ## The same with every view and service late (LATE=0.7 seconds)
	@$(PY) -m pytest tests/integration -n $(WORKERS) --dist loadfile --late $(or $(LATE),0.7)

.PHONY: test-journeys
test-journeys: $(DEV_STAMP) chromium ## Journeys through the running system, faults included
	@$(PY) -m pytest tests/journeys

.PHONY: bench
bench: $(DEV_STAMP) ## Measure the running stack on this machine (needs make run or make up)
	@set -a; . $${HANDRAISE_RUN_DIR:-.run}/dev.env; set +a; $(PY) -m bench $(ARGS)

.PHONY: fuzz
fuzz: $(DEV_STAMP) ## Fuzz the API by its own description (CASES=20000)
	@$(PY) -m tests.fuzz --cases $(or $(CASES),20000)

.PHONY: lock
lock: $(DEV_STAMP) ## Write the lock files anew from pyproject.toml (needs uv)
	@# What is run is tested: the run lock takes its versions from the dev lock.
	@compile() { env -u PIP_FIND_LINKS uv pip compile -q --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header "$$@" pyproject.toml; }; \
	  compile --extra dev -o requirements/dev.lock && \
	  compile --extra local --extra examples --extra sdk -c requirements/dev.lock -o requirements/run.lock
