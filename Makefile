# Two commands do it all: `make serve` and `make test`.

PYTHON ?= python3
ADDRESS ?= 127.0.0.1:8000
UV := uv==0.13.8
BIN := .venv/bin

# The theme prints a notice about its own future on every build.
export NO_MKDOCS_2_WARNING := 1
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help install checker serve build test lint lock clean

help:
	@echo 'make serve    read the site at http://$(ADDRESS)/workings/, and watch for edits'
	@echo 'make test     run every test'
	@echo 'make install  install what both need, into .venv/'
	@echo 'make build    build the site into site/'
	@echo 'make lint     check style and types'

install: .venv/installed

.venv/installed: pyproject.toml uv.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(UV)'
	$(BIN)/uv sync --frozen --all-extras --inexact --quiet
	@touch $@

# What the page that checks in the browser loads. Without npm the site has no checker, and says so.
checker: node_modules/.cache/workings/python_stdlib.zip

node_modules/.cache/workings/python_stdlib.zip: package.json package-lock.json | install
	@if command -v npm >/dev/null; \
	then npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
	  && $(BIN)/python -m workings.bytecode; \
	else echo 'no npm: the page that checks derivations will be without its checker'; fi

serve: install checker
	@echo 'Workings will be at http://$(ADDRESS)/workings/ (stop with Ctrl+C)'
	@$(BIN)/mkdocs serve --dev-addr $(ADDRESS)

build: install checker
	$(BIN)/mkdocs build --strict

test: install checker
	$(BIN)/pytest --numprocesses auto --dist loadgroup

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

lock: install
	$(BIN)/uv lock

clean:
	rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .venv node_modules site
