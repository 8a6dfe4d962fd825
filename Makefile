# Everything starts here. `make` alone lists the targets.
# Nothing has to be installed beforehand but Python 3.11 (or newer) and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
ENVIRONMENTS := tools/python tools/environments.py
STEP := tools/step
# Half of what a program does when it starts is to read its sources, unless it may keep bytecode.
unexport PYTHONDONTWRITEBYTECODE
# More arguments: make run ARGS="--help", make test ARGS="-k barge_in"
ARGS :=

.PHONY: help run serve-ready test test-all test-ready coqui-too bench bench-full bench-peers bench-ready checks lint \
	format system models models-all coqui train licences lock clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: serve-ready ## set up what is missing, then start the agent (http://127.0.0.1:8080)
	@exec $(BIN)/voicebot serve $(ARGS)

serve-ready:
	@$(ENVIRONMENTS) agent rasa actions
	@$(BIN)/python -m voicebot.models --fetch
	@tools/python tools/train.py $(STEP) "training the dialogue" $(BIN)/voicebot train

# Most tests wait more than they compute: more processes than cores. One after the other and in
# this process, as for a debugger: make test PROCESSES=0
PROCESSES := 3
PYTEST := $(BIN)/pytest --numprocesses $(PROCESSES)

test: test-ready coqui-too checks ## set up what is missing, then all checks and tests but the slow ones
	@$(STEP) "pytest" $(PYTEST) -m "not slow" $(ARGS)

test-all: test-ready checks ## the same with the slow tests and Coqui's voices
	@$(ENVIRONMENTS) coqui
	@$(STEP) "fetching all models" $(BIN)/python -m voicebot.models --fetch --all
	@$(STEP) "pytest" $(PYTEST) -m "not slow" $(ARGS)
	@$(STEP) "pytest, slow tests" $(BIN)/pytest -m slow $(ARGS)

test-ready: system
	@$(ENVIRONMENTS) dev rasa actions
	@tools/python tools/message_centre.py
	@$(BIN)/python -m voicebot.models --fetch
	@tools/python tools/train.py $(STEP) "training the dialogue" $(BIN)/voicebot train

# Its torch is not in every package index; the test that needs it says so where it is left out.
coqui-too:
	@$(ENVIRONMENTS) coqui || echo "  going on without Coqui: requirements/coqui-torch.txt says what is missing"

checks:
	@$(STEP) "ruff check" $(BIN)/ruff check .
	@$(STEP) "ruff format" $(BIN)/ruff format --check .
	@$(STEP) "mypy" $(BIN)/mypy

# Benchmarks want a machine with nothing else to do: make bench ARGS="--set FOLDER --only latency"
bench: bench-ready ## benchmarks in under six minutes: build/bench.html, build/bench.json
	@$(BIN)/python -m evaluation.bench --quick $(ARGS)

bench-full: bench-ready ## all benchmarks in full, about an hour
	@$(BIN)/python -m evaluation.bench --full $(ARGS)

# Its figures go into build/bench.json as well, beside those of `make bench`.
bench-peers: bench-ready ## the agent against another framework: build/bench-peers/bench.html
	@$(ENVIRONMENTS) peers
	@$(BIN)/python -m evaluation.bench --only peer --out build/bench-peers $(ARGS)
	@$(BIN)/python -m evaluation.bench.merge build/bench-peers/bench.json build/bench.json

bench-ready: test-ready

lint: ## ruff and mypy only
	@$(ENVIRONMENTS) dev
	@$(MAKE) --no-print-directory checks

format: ## put the code into the house format
	@$(ENVIRONMENTS) dev
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

system: ## what the tests take from the system (installs it when root)
	@tools/system-packages

models: ## fetch the model files that the settings need
	@$(ENVIRONMENTS) agent
	@$(BIN)/python -m voicebot.models --fetch

models-all: ## fetch every model in models/manifest.toml
	@$(ENVIRONMENTS) agent
	@$(BIN)/python -m voicebot.models --fetch --all

coqui: ## voices of Coqui for the gateway: torch and 1.8 GB of packages in .venv-coqui
	@$(ENVIRONMENTS) coqui

train: ## train the dialogue if nlu-data/ has changed
	@$(ENVIRONMENTS) agent rasa actions
	@tools/python tools/train.py $(STEP) "training the dialogue" $(BIN)/voicebot train

licences: ## write docs/licences.md
	@$(ENVIRONMENTS) dev
	@$(BIN)/python tools/licences.py

# `make lock UPGRADE=--upgrade` takes the newest releases; else only what has to change does.
UPGRADE :=
COMPILE = .venv-tools/bin/uv pip compile --quiet --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 $(UPGRADE)
lock: ## make the lock files in requirements/ again
	@$(ENVIRONMENTS) tools
	for name in uv agent dev; do $(COMPILE) --universal --no-annotate \
		requirements/$$name.in -o requirements/$$name.txt || exit; done
	$(COMPILE) --override requirements/rasa-overrides.txt requirements/rasa.in -o requirements/rasa.txt
	$(COMPILE) requirements/actions.in -o requirements/actions.txt
	$(COMPILE) --no-annotate requirements/peers.in -o requirements/peers.txt
	$(COMPILE) --no-annotate --override requirements/coqui-overrides.txt \
		requirements/coqui.in -o requirements/coqui.txt
	@$(MAKE) --no-print-directory licences

clean: ## remove caches and build leftovers
	@rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find voicebot gateway evaluation tests tools nlu-data -name __pycache__ -type d \
		-prune -exec rm -rf {} +

distclean: clean ## remove environments and model files too; var/ (calls, recordings) stays
	@rm -rf .venv .venv-rasa .venv-actions .venv-peers .venv-coqui .venv-tools .venv-lock models/files
