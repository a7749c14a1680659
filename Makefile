# Everything a developer types. The first target that needs it makes the environment; later ones find it ready.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CORPUS ?= ../shared/corpus
# Most tests wait for something: more of them at once than there are processors are done sooner.
TESTS_AT_ONCE ?= 4
# All of tests/integration but the executors and the engine's rooms, which know no database, or start their own.
WITHOUT_DATABASE := $(patsubst %,tests/integration/%/,docker process checks investigation lab repair safety)
DATABASE_TESTS := $(filter-out $(WITHOUT_DATABASE),$(wildcard tests/integration/*/))
# A pattern in a guide's front matter may look like a link written the wrong way round. The pages made from guides have none.
FOR_GUIDES := --disable-rules no-reversed-links

.DEFAULT_GOAL := help
.PHONY: help demo test test-postgresql check lint types arrows docs eval bench lint-md guide-pages lock clean crash-matrix fuzz

help: ## list the targets
	@echo "Targets:"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

$(READY): requirements/dev.txt pyproject.toml
	@echo "Preparing $(VENV) (the first run takes about half a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { echo 'On Debian: apt-get install python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## run a dozen real jobs and explain the failed ones; ARGS="IMAGE -- CMD" runs your own
	@$(BIN)/python manage.py demo $(ARGS)

test: $(READY) ## run all tests; what a missing part keeps from running is said at the end
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n $(TESTS_AT_ONCE))
ifeq ($(ARGS),)
	@echo "Once more what uses the database, on PostgreSQL:"
	@$(BIN)/python -m tests.postgresql --optional $(BIN)/python -m pytest -n $(TESTS_AT_ONCE) $(DATABASE_TESTS)
endif

test-postgresql: $(READY) ## run what uses the database on a throwaway PostgreSQL server
	@$(BIN)/python -m tests.postgresql $(BIN)/python -m pytest $(or $(ARGS),$(DATABASE_TESTS))

crash-matrix: $(READY) ## kill everything, line by line (docs/reliability.md); ARGS="--line 9" for one
	@$(BIN)/python -m tests.crash.matrix $(ARGS)

fuzz: $(READY) ## random schedules of kills; ARGS="--seed 7 --schedules 1000 --database postgresql"
	@$(BIN)/python -m tests.crash.fuzz $(ARGS)

check: lint types arrows docs ## lint, types, arrows, and docs

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

arrows: $(READY)
	@$(BIN)/lint-imports --no-cache

docs: $(READY) ## check every page and guide, and build the site into build/site
	@$(BIN)/pymarkdown --config pyproject.toml scan -r README.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md SECURITY.md TROUBLESHOOTING.md docs
	@$(BIN)/pymarkdown --config pyproject.toml $(FOR_GUIDES) scan -r src/sickbay/guides
	@$(BIN)/sickbay guide lint
	@$(BIN)/sickbay guide index --check
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

eval: $(READY) ## how often the first verdict is right, on the corpus in CORPUS
	@$(BIN)/python -m benchmarks.evaluate $(CORPUS) $(ARGS)

bench: $(READY) ## measure everything that docs/benchmarks.md tells of; takes about a quarter of an hour
	@$(BIN)/python -m benchmarks $(ARGS)

lint-md: $(READY) ## check one Markdown file, as a guide if it is one: FILE="path/to/file.md"
	@test -n "$(FILE)" || { echo 'Which file? make lint-md FILE="path/to/file.md"' >&2; exit 2; }
	@test -f "$(FILE)" || { echo 'There is no file $(FILE).' >&2; exit 2; }
	@failed=0; rules=; guide=; \
	if head -n 1 "$(FILE)" | grep -qx -e ---; then guide=yes; rules='$(FOR_GUIDES)'; fi; \
	$(BIN)/pymarkdown --config pyproject.toml $$rules scan "$(FILE)" || failed=1; \
	if [ -n "$$guide" ]; then $(BIN)/sickbay guide lint "$(FILE)" || failed=1; fi; \
	exit $$failed

guide-pages: $(READY) ## make TROUBLESHOOTING.md and docs/troubleshooting anew from the guides
	@$(BIN)/sickbay guide index

lock: $(READY) ## pin every dependency again, with hashes and without index addresses
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml requirements/dev.in -o requirements/dev.txt $(ARGS)

clean: ## remove what was made here: the environment, the demo's database, caches
	@rm -rf $(VENV) var build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
