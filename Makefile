# The commands of the Tasks API. `make` alone lists them.
PYTHON ?= python3
STAGE ?= dev
REGION ?= us-east-1
UV := .tools/uv/bin/uv
VENV := .venv/bin
# The tests for which the permissions of Lambdas and operators have to be enough.
GUARDED := $(addprefix tests/e2e/test_,life_of_a_task.py callers.py access_matrix.py bad_input.py dead_letters.py replay.py personal_data.py first_user.py reminders_and_mail.py)
# The longest trust tests, which begin first, so that the two processes end at about the same time.
LONGEST := $(addprefix tests/trust/test_,versions.py deployments.py drills.py faults.py model.py fuzz.py fuzz_realtime.py)
# The tests of the local stack that do not use the stack of the other end-to-end tests.
APART := tests/e2e/test_reload.py
LOCAL := $(VENV)/python -m local
OPERATE := $(LOCAL) operations
STAGED := $(VENV)/python -m cdk.commands --stage="$$STAGE" --account="$$ACCOUNT" --region="$$REGION" --alarm-email="$$ALARM_EMAIL" --traffic-shift="$$TRAFFIC_SHIFT" --backup-copy="$$BACKUP_COPY" --role="$$ROLE"
# Whether the caller gave a variable to make itself. Some systems set USERNAME for every process.
given = $(filter command,$(firstword $(origin $1)))
# The person of a command: by the account's username, or by the userId.
PERSON := $(if $(call given,USERNAME),--username="$$USERNAME",--user="$$USER_ID")
FORWARD_AGAIN := $(if $(call given,FORWARD),--forward)
# The arguments of a drill. Some systems set NAME for every process.
DRILL := $(if $(call given,NAME),"$$NAME") $(if $(call given,REPAIR),--repair)
PAGE_STAGE := $(if $(filter file,$(origin STAGE)),local,$(value STAGE))
TOKEN_USERNAME := $(if $(call given,USERNAME),$(value USERNAME),alice)
READY := .venv/.ready .tools/ministack/.ready node_modules/.ready
TESTABLE := $(READY) .tools/codegen/.ready $(addsuffix /node_modules/.package-lock.json,examples/board local/console packages/client tests/e2e/javascript)

# The values that a caller gives reach commands through the environment. Neither make nor the shell expands them: the
# recipes name them only as "$$NAME", inside quotes (tests/infrastructure/test_makefile.py).
VALUES := PYTHON STAGE REGION ACCOUNT ALARM_EMAIL TRAFFIC_SHIFT BACKUP_COPY ROLE FORWARD VERSION USERNAME USER_ID OUTPUT INSPECT ONLY SUBJECT SAMPLE URL API_KEY TOKEN NAME REPAIR
$(foreach name,$(VALUES),$(eval override $(name) := $$(value $(name))))
export $(VALUES) PAGE_STAGE TOKEN_USERNAME

# Variables that change other Python and Node programs, or what is installed and where, must not change the product's.
unexport NODE_OPTIONS NODE_PATH NODE_ENV PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE VIRTUAL_ENV CDPATH
unexport PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_VIRTUALENV PIP_NO_BINARY PIP_CONSTRAINT PIP_DRY_RUN PIP_PYTHON
unexport UV_EXCLUDE_NEWER UV_SYSTEM_PYTHON UV_PYTHON UV_PYTHON_PREFERENCE UV_MANAGED_PYTHON UV_CONSTRAINT UV_OVERRIDE UV_NO_BINARY UV_ONLY_BINARY UV_WORKING_DIRECTORY UV_PROJECT_ENVIRONMENT
# No proxy leads to this machine.
export NO_PROXY := $(if $(NO_PROXY),$(NO_PROXY),$(no_proxy)),127.0.0.1,localhost,::1
export no_proxy := $(NO_PROXY)
# The user's settings of npm (`omit=dev`, NODE_ENV) may leave out what the lock file names.
NPM_CI := npm ci --no-progress --loglevel=error --include=dev --include=optional --include=peer --bin-links --no-global --no-dry-run > /dev/null

.DEFAULT_GOAL := help
.PHONY: help installed up start stop reset board console token rebuild-projections redrive export-user erase-user unit test test-product test-guarded test-code test-infrastructure test-gateway test-client test-edits test-reduced-trust mutants hooks schema-docs python-client test-trust drill soak bench mail logs status check synth diff deploy rollback destroy smoke release lock clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{sub(/:.*/, "", $$1); printf "  make %-20s %s\n", $$1, $$2}'

up: $(READY) ## Run the whole product on this machine, until Ctrl-C
	@$(LOCAL) up

start: $(READY) ## The same in the background; returns when it is ready
	@$(LOCAL) start

stop: $(READY) ## Stop what `make start` started
	@$(LOCAL) stop

reset: $(READY) ## Stop, and wipe the local data
	@$(LOCAL) reset

board: $(READY) ## Run the board from its sources, with the local stack or a deployed one: make board [STAGE=staging]
	@$(VENV)/python -m local.pages.board --stage="$$PAGE_STAGE" --region="$$REGION"

console: $(READY) ## Open the console of a deployed stage: make console STAGE=staging
	@$(VENV)/python -m local.pages.console --stage="$$PAGE_STAGE" --region="$$REGION"

token: $(READY) ## Print an access token of a demo user: make token USERNAME=alice
	@$(LOCAL) token "$$TOKEN_USERNAME"

rebuild-projections: $(READY) ## Repair statistics and histories on the local stack; on AWS: docs/repairs.md
	@$(OPERATE) rebuild-projections

redrive: $(READY) ## Put the local stack's dead letters back, or show them (INSPECT=1); on AWS: docs/repairs.md
	@$(OPERATE) redrive $(if $(INSPECT),--inspect)

export-user: $(READY) ## Write everything about a person: make export-user USER_ID=… or USERNAME=… [OUTPUT=file]; on AWS: docs/personal-data.md
	@$(OPERATE) export-user $(PERSON) $(if $(OUTPUT),--output="$$OUTPUT")

erase-user: $(READY) ## Erase everything about a person from the local stack: make erase-user USER_ID=… or USERNAME=…; on AWS: docs/personal-data.md
	@$(OPERATE) erase-user $(PERSON)

unit: .venv/.ready node_modules/.ready ## The unit tests and the integration tests in memory: seconds, in random order
	$(VENV)/pytest -q -n auto tests/unit tests/integration

installed: $(TESTABLE) ## Install everything that the tests and checks use

test: $(TESTABLE) ## Run every test, on a clean checkout too
	@echo "Testing the running product beside the code; each prints its results when it is done, in some minutes …"
	@# Four at a time on two cores, because starts and events are waited for. The longest begin first.
	@$(MAKE) --no-print-directory --jobs=4 --keep-going --output-sync=target test-product test-reduced-trust test-code test-infrastructure test-edits test-guarded test-gateway test-client

# The tests that need the running product.
test-product: $(TESTABLE)
	$(VENV)/pytest -p no:randomly --durations 15 $(addprefix --ignore ,$(GUARDED) $(APART)) tests/e2e tests/smoke

# With AUTH=1 the embedded cloud checks every AWS call against its caller's policies.
test-guarded: $(TESTABLE)
	AUTH=1 $(VENV)/pytest -p no:randomly --durations 15 $(GUARDED)

# The tests that run in their own process.
test-code: $(TESTABLE)
	$(VENV)/pytest -p no:randomly --durations 15 $(addprefix --cov=,domain adapters resolvers processor operations) tests/unit tests/integration

# The tests of what is deployed, documented and released. Tracing their lines would double their time and cover the same code.
test-infrastructure: $(TESTABLE)
	$(VENV)/pytest -p no:randomly --durations 15 tests/infrastructure

# The tests of the gateway, which knows nothing of the product.
test-gateway: $(TESTABLE)
	$(VENV)/pytest -p no:randomly --durations 15 --cov=packages/appsync-offline/src packages/appsync-offline/tests

# The tests of the TypeScript client, against an AppSync in their own process.
test-client: packages/client/node_modules/.package-lock.json
	cd packages/client && npm run --silent test

# The tests of edits and the trust tests at reduced length, which start stacks of their own.
test-edits: $(TESTABLE)
	$(VENV)/pytest -p no:randomly --durations 15 $(APART)

test-reduced-trust: $(TESTABLE)
	$(VENV)/pytest -p no:randomly --durations 15 tests/trust

test-trust: $(READY) ## The trust tests at full length: models, faults, kills, fuzzing; a table at the end
	@TRUST_SCALE=full $(VENV)/pytest -q -p no:randomly -n 2 --dist loadfile --no-loadscope-reorder $(LONGEST) $(filter-out $(LONGEST),$(wildcard tests/trust/test_*.py))

drill: $(READY) ## Cause an incident of the runbook on the running stack, and check your repair: make drill [NAME=dead-letters] [REPAIR=1], or NAME=all
	@PYTHONPATH=packages/subscriber/src $(VENV)/python -m tests.drills $(DRILL)

soak: $(READY) ## Ten minutes of steady load on a local stack of its own
	$(VENV)/python -m benchmarks.soak

bench: $(READY) packages/appsync-offline/benchmarks/peers/node_modules/.ready ## Measure against what people would build instead: make bench [ONLY="cold_start cost"]
	set -f; $(VENV)/python -m benchmarks $$ONLY

status: $(READY) ## Show the running stack as an operator sees it: queues, mappings, figures, errors, alarms
	@$(LOCAL) status

mail: $(READY) ## Show the mails that the running stack sent
	@$(LOCAL) mail

logs: $(READY) ## Follow the running stack: operations, Lambdas, events, with correlation ids
	@$(LOCAL) logs

# Every tool runs, also after one has failed.
check: $(READY) .tools/codegen/.ready $(addsuffix /node_modules/.package-lock.json,examples/board local/console packages/client) ## Lint, format, types, imports, security; no tests, which are `make test`
	@failed=; check() { echo "> $$*"; "$$@" || failed="$$failed\n  $$*"; }; \
	check $(VENV)/ruff check .; \
	check $(VENV)/ruff format --check .; \
	check $(VENV)/mypy; \
	check $(VENV)/lint-imports; \
	check $(VENV)/bandit -q -r domain adapters resolvers processor webhooks probes operations cdk local packages/appsync-offline/src packages/subscriber/src -ll; \
	check $(VENV)/deptry .; \
	check sh -c 'cd packages/appsync-offline && ../../$(VENV)/deptry src'; \
	check sh -c 'cd packages/subscriber && ../../$(VENV)/deptry src'; \
	check node_modules/.bin/eslint resolvers; \
	check npm --prefix examples/board run --silent check; \
	check npm --prefix local/console run --silent check; \
	check npm --prefix packages/client run --silent check; \
	if [ "$$failed" ]; then printf "These checks failed:$$failed\n" >&2; exit 1; fi

synth: $(READY) ## Write the templates into cdk.out/, without credentials: make synth STAGE=production
	@$(STAGED) synth

diff: $(READY) ## Compare a stage with what is deployed: make diff STAGE=staging ACCOUNT=…
	@$(STAGED) diff

deploy: $(READY) ## Deploy a stage: make deploy STAGE=staging ACCOUNT=… [ALARM_EMAIL=…] [TRAFFIC_SHIFT=…] [BACKUP_COPY=…] [ROLE=…]
	@$(STAGED) deploy

rollback: $(READY) ## Point a stage's Lambdas at the code before: make rollback STAGE=production [REGION=…] [FORWARD=1]
	@$(VENV)/python -m cdk.rollback --stage="$$STAGE" --region="$$REGION" $(FORWARD_AGAIN)

destroy: $(READY) ## Destroy a stage; production refuses
	@$(STAGED) destroy

smoke: $(READY) ## Test a deployed stage (production: by reads only): make smoke STAGE=staging [REGION=…], or URL=… with API_KEY=… or TOKEN=…
	@SMOKE_STAGE="$$STAGE" SMOKE_REGION="$$REGION" SMOKE_URL="$$URL" SMOKE_API_KEY="$$API_KEY" SMOKE_TOKEN="$$TOKEN" $(VENV)/pytest tests/smoke

mutants: .venv/.ready node_modules/.ready ## Change the code in small ways, list what no test notices: make mutants [SUBJECT=product] [SAMPLE=200]
	@$(VENV)/python -m tests.mutants $(if $(SAMPLE),--sample="$$SAMPLE") $(if $(SUBJECT),"$$SUBJECT")

hooks: .venv/.ready ## Install the commit hooks: lint, format, types of what changed, schema compatibility
	@$(VENV)/pre-commit install

schema-docs: $(READY) ## Write docs/schema.md, docs/appsync.graphql and the contract of events anew, after the schema or messages changed
	@$(VENV)/python -m docs.schema_documents

python-client: .tools/codegen/.ready ## Generate the typed client of examples/python anew, after the schema or its operations changed
	cd examples/python && PYTHONPATH=. ../../.tools/codegen/bin/ariadne-codegen > /dev/null

release: $(READY) ## Prepare a release: version, changelog, released contract: make release VERSION=1.0.0 (CONTRIBUTING.md)
	@$(VENV)/python -m cdk.release prepare "$$VERSION"

lock: $(UV) ## Refresh the lock files
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/uv.in -o requirements/uv.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/probes.in -o requirements/probes.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/ministack.in -o requirements/ministack.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/codegen.in -o requirements/codegen.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml packages/appsync-offline/pyproject.toml --group cdk --group local --group dev -o requirements/dev.txt
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -c requirements/dev.txt -o requirements/lambda.txt

clean: ## Remove everything that the commands made, local data too
	rm -rf .venv .tools .local node_modules packages/appsync-offline/benchmarks/peers/node_modules examples/board/node_modules examples/board/dist examples/board/src/gql local/console/node_modules local/console/dist packages/client/node_modules packages/client/dist packages/client/src/gql cdk.out cdk.out.bundles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(UV): requirements/uv.txt
	@"$$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The Tasks API needs Python 3.11 or newer; $$PYTHON is older or missing. Name another: make PYTHON=python3.13 …" >&2; exit 1; }
	@echo "Installing uv …" >&2
	@"$$PYTHON" -m venv .tools/uv
	@.tools/uv/bin/pip install -q --no-user --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.ready: $(UV) requirements/dev.txt packages/appsync-offline/pyproject.toml
	@echo "Installing the Python packages …" >&2
	@$(UV) venv -q --clear --python "$$PYTHON" .venv
	@$(UV) pip sync -q --require-hashes --python .venv/bin/python requirements/dev.txt
	@$(UV) pip install -q --no-deps --python .venv/bin/python --editable packages/appsync-offline
	@touch $@

.tools/ministack/.ready: $(UV) requirements/ministack.txt packages/appsync-offline/pyproject.toml
	@echo "Installing the embedded cloud …" >&2
	@$(UV) venv -q --clear --python "$$PYTHON" .tools/ministack
	@$(UV) pip sync -q --require-hashes --python .tools/ministack/bin/python requirements/ministack.txt
	@$(UV) pip install -q --no-deps --python .tools/ministack/bin/python --editable packages/appsync-offline
	@touch $@

# ariadne-codegen has its own environment because it needs other versions of ruff and graphql-core than the product.
.tools/codegen/.ready: $(UV) requirements/codegen.txt
	@$(UV) venv -q --clear --python "$$PYTHON" .tools/codegen
	@$(UV) pip sync -q --require-hashes --python .tools/codegen/bin/python requirements/codegen.txt
	@touch $@

node_modules/.ready: package-lock.json
	@command -v npm > /dev/null || { echo "Node.js was not found: install version 20 or newer." >&2; exit 1; }
	@echo "Installing the Node packages …" >&2
	@$(NPM_CI)
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	@cd $* && $(NPM_CI)
	@touch $@

packages/appsync-offline/benchmarks/peers/node_modules/.ready: packages/appsync-offline/benchmarks/peers/package-lock.json
	@echo "Installing what is measured against …" >&2
	@cd packages/appsync-offline/benchmarks/peers && $(NPM_CI)
	@touch $@
