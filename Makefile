# Livelihood. `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
AREA ?= ceheng
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONDONTWRITEBYTECODE
# Lint and types side by side; every other target is a chain.
MAKEFLAGS += --jobs=2

.PHONY: help env env-dev demo down test check lint types layers drift unit services e2e bench faults faults-broken generate lock format clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(VENV)/.installed ## make the environment from the locked requirements

$(VENV)/.installed: requirements.txt pyproject.toml
	@echo "making the environment (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

env-dev: $(VENV)/.installed-dev

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "adding the developers' tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

demo: env ## the whole platform with a simulated area (AREA=liangzhou); leaves it running
	@$(BIN)/python -m livelihood.cli.demo $(AREA)

down: env ## stop what runs; all data stay
	@$(BIN)/livelihood down

test: env-dev ## every tier, on the real PostgreSQL, Kafka and Airflow
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15

unit: env-dev ## only what needs no server
	@$(BIN)/pytest tests/unit tests/policy

services: env-dev ## what needs PostgreSQL and Kafka
	@$(BIN)/pytest tests/services

e2e: env-dev ## the whole platform, Airflow included
	@$(BIN)/pytest tests/e2e

check: lint types layers drift ## lint, types, layers, drift

lint: env-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/sqlfluff lint dbt_project/models

types: env-dev
	@$(BIN)/mypy

layers: env-dev
	@$(BIN)/lint-imports

drift: env-dev
	@$(BIN)/python -m tools.generate --check

generate: env-dev ## write the files that are derived from contracts, seeds and settings
	@$(BIN)/python -m tools.generate

format: env-dev ## format Python and SQL
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix dbt_project/models

bench: env-dev ## ratios, measured side by side in one run
	@$(BIN)/python -m bench

faults: env-dev ## kill, freeze, cut and fill: nothing may be lost (half an hour; SEED=…)
	@$(BIN)/python -m faults $(if $(SEED),--seed $(SEED))

faults-broken: env-dev ## break copies of the platform: the experiments must find it
	@$(BIN)/python -m faults --broken $(if $(SEED),--seed $(SEED))

lock: env-dev ## lock requirements.in and requirements-dev.in with hashes
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile requirements.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.txt
	@$(BIN)/uv pip compile requirements-dev.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-dev.txt

clean: down ## stop everything and throw all local data away
	@rm -rf .livelihood dbt_project/target
