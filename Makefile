# `make help` says what there is. Everything works from a bare checkout: the environment is set up when needed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help run test pytest test-services up dashboards spark lint format lock soak bench bench-warehouse clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1|/' \
	  | while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

# Set up once, and again whenever what it is made from changes.
$(READY): requirements/lock.txt requirements/uv.txt pyproject.toml scripts/bootstrap
	@scripts/bootstrap $(VENV)

run: $(READY) ## run the nightly load on the bundled samples and show what came of it
	@$(BIN)/gongkai run

up: $(READY) ## start Airflow (web interface and scheduler) with the DAGs in it
	@$(BIN)/gongkai up

dashboards: $(READY) ## start the dashboards (Superset) on the published warehouse
	@$(BIN)/gongkai dashboards

spark: $(READY) ## build the warehouse on Spark from the home's landing zone (needs Java 17)
	@$(BIN)/gongkai build --target spark

lint: $(READY) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: $(READY) ## everything that checks the project (10 to 12 minutes on 2 cores)
	@+$(MAKE) --no-print-directory --jobs 2 lint pytest

pytest: $(READY)
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 15 --durations-min 5

test-services: $(READY) ## the tests with real servers and a browser; what is not installed is left out, with the reason
	$(BIN)/pytest -m services

soak: $(READY) ## the tests that take long: kills, scale, fuzzing
	$(BIN)/pytest -m soak

bench: $(READY) ## time what is timed
	$(BIN)/python benchmarks/run.py

WAREHOUSE_BENCH ?= data/bench
REPORTS ?= 100000
bench-warehouse: $(READY) ## time the warehouse on a synthetic country (REPORTS=100000, WAREHOUSE_BENCH=folder)
	$(BIN)/python -m benchmarks.warehouse $(WAREHOUSE_BENCH) --reports $(REPORTS)
	$(BIN)/python -m benchmarks.serving

lock: $(READY) ## resolve the dependencies anew into requirements/*.txt
	@scripts/lock $(VENV)

clean: ## remove the environment and caches (data/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache *.egg-info
