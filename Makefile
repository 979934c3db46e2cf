# `make run` and `make test` need only Python 3.11+ and make; they set up .venv by themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# discord.py loads the cogs anew for every bot, and the tests start hundreds: compile them once.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run local dm doctor backup test thorough soak lint format types bench bench-boards bench-abilities train-grader shots bank bank-check attacks honcho clean lock

run: $(VENV)/run.stamp  ## Join Discord with DISCORD_TOKEN, else open the playground
	@$(BIN)/python -m bot

local: $(VENV)/run.stamp  ## The playground, whether or not a token is set
	@$(BIN)/python -m bot local

dm: $(VENV)/run.stamp  ## The playground, opened at the direct messages
	@$(BIN)/python -m bot local --dm

doctor backup: $(VENV)/run.stamp
	@$(BIN)/python -m bot $@

bank: $(VENV)/run.stamp  ## Hold every question against its promises; code tasks only if they changed
	@$(BIN)/python -m bot bank check --changed

bank-check: $(VENV)/run.stamp  ## The same for all code tasks, noting in questions/bank/checked.txt which pass
	@$(BIN)/python -m bot bank check --note

honcho: $(VENV)/run.stamp  ## Run the Procfile
	@PATH="$(CURDIR)/$(BIN):$$PATH" honcho start

test: $(VENV)/dev.stamp  ## The fast suite
	$(BIN)/python -m pytest -n 2 -m "not soak and not attack and not thorough"

thorough: $(VENV)/dev.stamp  ## What takes longer: every question, every request that can fail, simulated weeks
	$(BIN)/python -m pytest -n 2 -m "thorough and not soak and not attack"

soak: $(VENV)/dev.stamp  ## The long runs: SIGKILL at 50 random moments, ten thousand submissions
	$(BIN)/python -m pytest -m soak -s

attacks: $(VENV)/dev.stamp  ## Hostile submissions against every tier of the sandbox that this kernel offers
	$(BIN)/python -m pytest -m attack tests/attacks

lint: $(VENV)/dev.stamp  ## ruff, pyright (strict), import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp  ## Figures that docs/ quotes
	$(BIN)/python -m bench
	$(BIN)/python -m bench.interview
	$(BIN)/python -m bench.star

bench-boards: $(VENV)/dev.stamp  ## Boards and new results at 10^4, 10^5 and 10^6 results (a quarter of an hour)
	$(BIN)/python -m bench.boards

bench-abilities: $(VENV)/dev.stamp  ## Ratings of simulated people whose abilities are known (some minutes)
	$(BIN)/python -m bench.abilities

train-grader: $(VENV)/dev.stamp  ## Fit anew what decides over key points and labels the sentences of stories
	$(BIN)/python -m bench.train_grader
	$(BIN)/python -m bench.train_star

shots: $(VENV)/dev.stamp  ## Play both rounds in headless Chromium and save pictures in docs/shots
	PYTHONPATH=. $(BIN)/python docs/shots.py

lock:  ## Pin the requirements anew (needs uv)
	uv pip compile -q --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Mockloop needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install it (on Debian: apt install python3-venv)"; exit 1; }

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	@test -f $(VENV)/dev.stamp || echo "Setting up .venv (once) …"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/bin/python
	@echo "Setting up .venv for development (once) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp
