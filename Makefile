# The commands of the Tasks API. `make` alone lists them.
PYTHON ?= python3
UV := .tools/uv/bin/uv
VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help test check lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

test: .venv/.ready ## Run every test, on a clean checkout too
	$(VENV)/pytest

check: .venv/.ready ## Lint, format, types, import contract
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports

lock: $(UV) ## Refresh the lock files
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/uv.in -o requirements/uv.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/ministack.in -o requirements/ministack.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/lambda.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group lambda-runtime --group cdk --group local --group dev -o requirements/dev.txt

clean: ## Remove everything that the commands made
	rm -rf .venv .tools node_modules cdk.out .mypy_cache .ruff_cache .pytest_cache

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The Tasks API needs Python 3.11 or newer; $(PYTHON) is older. Name another: make PYTHON=python3.13 …"; exit 1; }
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/pip install -q --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.ready: $(UV) requirements/dev.txt
	$(UV) venv -q --clear --python $(PYTHON) .venv
	$(UV) pip sync -q --require-hashes --python .venv/bin/python requirements/dev.txt
	@touch $@
