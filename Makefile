# Every target sets up what it needs: Python 3.11 or later, git and make are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What takes more than a second is named at the end.
PYTEST = $(BIN)/python -m pytest -n $(or $(JOBS),2) --durations 10 --durations-min 1
# A module of slow tests is one story of one site, so one process runs all of it.
SLOW = --dist loadscope
# An environment of its own: who only tests does not wait for it.
DOCS := .venv-docs
DOCS_READY := $(DOCS)/.ready

.PHONY: help setup tools test test-all test-slow-sample test-provision test-update matrix images bench-image bench-image-rivals bench-rehearsal bench-serve bench-server lint format demo docs questions picture bench corpus public clean

help: ## Say what each target does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(READY) ## Make the development environment in .venv

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group dev 'copier>=9.19' copier-template-extensions jinja2 questionary
	touch $@

tools: $(READY) ## Install the programs that judge rendered results, in the cache folder outside the repository
	$(BIN)/python -m tests.tools

test: $(READY) ## Run the tests of every day, minutes: units, contract, examples, one run of each manager and platform
	$(PYTEST) --dist worksteal --ignore tests/slow $(ARGS)

test-all: $(READY) ## Run all tests, for hours; ARGS=tests/slow/update for a part, JOBS processes side by side
	$(PYTEST) $(SLOW) $(ARGS)

test-slow-sample: $(READY) ## Run one case of each kind of slow test
	$(PYTEST) $(SLOW) @tests/slow/sample.txt $(ARGS)

test-provision: $(READY) ## Fail every request of every platform in every way, run again, and write docs/reliability.md
	$(BIN)/python -m tests.platforms.reliability --jobs $(or $(JOBS),2) $(ARGS)

matrix: $(READY) ## Try every output, manager, layout and Django (JOBS side by side), and write docs/support.md
	$(BIN)/python -m tests.slow.matrix --jobs $(or $(JOBS),2) $(ARGS)

images: $(READY) ## Build and run the image of every dependency manager and layout (root, with buildah and debootstrap)
	IMAGES=all $(BIN)/python -m pytest tests/slow/images $(ARGS)

bench-image: $(READY) ## Size and build times of every image, written to docs/performance.md
	$(BIN)/python -m tests.slow.images.bench

bench-image-rivals: $(READY) ## Our image against those of other tools, written to docs/performance.md (root, with buildah)
	$(BIN)/python -m tests.slow.images.bench_rivals

bench-rehearsal: $(READY) ## What a rehearsal takes over Django's own checks, written to docs/performance.md
	$(BIN)/python -m tests.bench_rehearsal $(ARGS)

bench-serve: $(READY) ## Our server against those of other tools, written to docs/performance.md (needs wrk and PostgreSQL)
	$(BIN)/python -m tests.bench_serve $(ARGS)

bench-server: $(READY) ## What replacing Gunicorn's workers costs visitors, written to docs/performance.md (needs wrk)
	$(BIN)/python -m tests.bench_server

test-update: $(READY) ## Updates of many projects from every release, and generated edits (TRIES batches), counted
	$(BIN)/python -m tests.slow.update.report

lint: $(READY) ## Check style and types, and that every test can be collected
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/mypy deploy_overlay tests
	@$(BIN)/python -m pytest --collect-only -qq tests >$(VENV)/collected || { cat $(VENV)/collected; exit 1; }

format: $(READY) ## Mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(READY) ## Apply the overlay to the sample (or PROJECT=path), rehearse, serve; ONCE=1 ends after the rehearsal
	$(BIN)/python -m tests.demo $(if $(PROJECT),--project '$(PROJECT)') $(if $(ONCE),--once) $(if $(PLATFORM),--platform $(PLATFORM))

docs: $(DOCS_READY) ## Build the documentation site, and check links, anchors, spelling and its width on a phone
	$(DOCS)/bin/codespell README.md CONTRIBUTING.md CHANGELOG.md docs template deploy_overlay questions
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --site-dir $(or $(SITE),site)
	$(DOCS)/bin/python docs/phone.py $(or $(SITE),site)

$(DOCS_READY): pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(DOCS)/bin/python -m pip install --quiet --group docs
	touch $@

questions: $(READY) ## Write the tables of docs/questions.md from the questions
	$(BIN)/python -m docs.questions

picture: $(READY) ## Draw the pictures of the documentation from real runs
	$(BIN)/python -m docs.picture
	$(BIN)/python -m docs.first_run
	$(BIN)/python -m docs.update_picture

bench: $(READY) ## Time of copies and updates against those of a one-file template, written to docs/performance.md
	$(BIN)/python -m tests.bench

corpus: $(READY) ## Accuracy of detection over checkouts: DIR=folder [FACTS=facts.json]
	$(BIN)/python tests/corpus.py $(DIR) $(FACTS)

public: $(READY) ## Rehearse public projects, and serve what is ready as its platform does: PROJECTS="DIR ..." [PLATFORM=heroku]
	$(BIN)/python -m tests.public $(if $(PLATFORM),--platform $(PLATFORM)) $(ARGS) $(PROJECTS)

clean: ## Remove what the targets made
	rm -rf $(VENV) $(DOCS) site .pytest_cache .mypy_cache .ruff_cache
