# Tasks of the project. `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
AREA ?= ceheng
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONDONTWRITEBYTECODE
# Lint and types run in parallel; all other targets run in sequence.
MAKEFLAGS += --jobs=2

.PHONY: help env env-dev demo down test check lint types layers drift unit services e2e bench faults faults-broken generate lock audit digests secrets format clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(VENV)/.installed ## create the environment from the locked requirements

$(VENV)/.installed: requirements.txt pyproject.toml
	@echo "creating the environment (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

env-dev: $(VENV)/.installed-dev

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "installing the development tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

demo: env ## start the whole platform with a simulated area (AREA=liangzhou)
	@$(BIN)/python -m livelihood.cli.demo $(AREA)

secrets: env ## create the secrets of docker-compose.yml, once
	@$(BIN)/python -m infra.container_secrets

down: env ## stop the local stack; data are preserved
	@$(BIN)/livelihood down

test: env-dev ## run all tests, on real PostgreSQL, Kafka and Airflow
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15

unit: env-dev ## run the tests that need no server
	@$(BIN)/pytest tests/unit tests/policy

services: env-dev ## run the tests that need PostgreSQL and Kafka
	@$(BIN)/pytest tests/services

e2e: env-dev ## run the tests of the whole platform, with Airflow
	@$(BIN)/pytest tests/e2e

check: lint types layers drift ## run linters, types, import rules, drift of derived files

lint: env-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/sqlfluff lint dbt_project/models

types: env-dev
	@$(BIN)/mypy

layers: env-dev
	@$(BIN)/lint-imports

drift: env-dev
	@$(BIN)/python -m tools.generate --check

generate: env-dev ## write the files derived from contracts, seeds and settings
	@$(BIN)/python -m tools.generate

format: env-dev ## format Python and SQL
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix dbt_project/models

bench: env-dev ## run the benchmarks; ratios to a baseline in the same run
	@$(BIN)/python -m bench

faults: env-dev ## run the fault experiments (30 minutes; SEED=… repeats one)
	@$(BIN)/python -m faults $(if $(SEED),--seed $(SEED))

faults-broken: env-dev ## verify that the experiments detect broken platforms
	@$(BIN)/python -m faults --broken $(if $(SEED),--seed $(SEED))

lock: env-dev ## lock the requirements with hashes, and list them in sbom.cdx.json
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile requirements.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.txt
	@$(BIN)/uv pip compile requirements-dev.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-dev.txt
	@$(BIN)/python -m tools.bill_of_materials

audit: env-dev ## report known vulnerabilities of the locked requirements
	@$(BIN)/python -m tools.audit

digests: env-dev ## pin the images to digests (REGISTRY=https://…)
	@$(BIN)/python -m tools.digests $(if $(REGISTRY),--registry $(REGISTRY))

clean: down ## stop everything and delete all local data
	@rm -rf .livelihood dbt_project/target
