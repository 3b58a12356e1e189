# `make run` and `make test` set up all they need in .venv, once.

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
ASSETS := $(wildcard src/chat/locale/*/LC_MESSAGES/*.po) $(filter-out %.br %.gz,$(wildcard src/chat/static/*))

.PHONY: run test quick check format texts lock bench profile drill hostile soak gallery weight network lighthouse phones clean help
.DEFAULT_GOAL := help

run: .venv/runtime .venv/assets ## Serve the chat room on http://127.0.0.1:8000 (its data: ./data)
	@CHATROOM_DATA_DIR="$${CHATROOM_DATA_DIR:-data}" exec $(BIN)/chatroom serve $(ARGS)

test: .venv/dev .venv/assets ## Run every test, on all cores (some of them: make test ARGS='-k wheel')
	@scripts/programs w3m lynx
	@CHROMIUM="$$(scripts/browser)" && export CHROMIUM && exec $(BIN)/python -m pytest $(PARALLEL) $(ARGS)

quick: .venv/dev .venv/assets ## Run the tests of rules and of rooms, on SQLite alone, in less than a minute
	@exec $(BIN)/python -m pytest tests/unit tests/room -m 'not postgres' $(PARALLEL) $(ARGS)

# The tests of a file share servers and browsers. In the order of their names: what takes long comes first.
PARALLEL := --numprocesses auto --dist loadfile --no-loadscope-reorder

check: .venv/dev ## Lint, formatting, types, templates, style sheets
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/djlint --lint --quiet src/chat/templates
	$(BIN)/python -m tools.old_styles

format: .venv/dev ## Format the Python files, and mend what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

texts: .venv/dev ## Bring the catalogues up to date with the texts in the code
	$(BIN)/pybabel --quiet extract --mapping babel.cfg --sort-output --no-location --no-wrap --output .venv/messages.pot .
	$(BIN)/pybabel --quiet update --no-wrap --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date \
		--input-file .venv/messages.pot --output-dir src/chat/locale

lock: .venv/made ## Write requirements*.txt anew from pyproject.toml (newest of everything: ARGS=--upgrade)
	$(PIP) install uv==0.13.9
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(ARGS)

bench: .venv/runtime .venv/assets ## Measure beside bare floors, and write docs/performance.md (short: ARGS=--quick)
	@exec $(BIN)/python -m bench.load $(ARGS)

profile: .venv/dev .venv/assets ## Show where the server's time goes, by layer, beside bare floors
	@exec $(BIN)/python -m bench.load.profile

drill: .venv/dev ## Kill the server under load, lie on its network, and compare every window with the log
	@exec $(BIN)/python -m drills.drill $(ARGS)

hostile: .venv/dev ## Clients who leave, lie or never read: memory, and a visitor's page beside them
	@exec $(BIN)/python -m drills.hostile $(ARGS)

soak: .venv/dev ## Twenty minutes of messages and visitors: does the memory stay flat?
	@exec $(BIN)/python -m drills.soak $(ARGS)

gallery: .venv/dev .venv/assets ## Photograph every state of the page at every size (one of them: ARGS=busy)
	@CHROMIUM="$$(scripts/browser)" && export CHROMIUM && exec $(BIN)/python -m tools.gallery $(ARGS)

weight: .venv/dev .venv/assets ## Count the bytes that a browser loads
	@CHROMIUM="$$(scripts/browser)" && export CHROMIUM && exec $(BIN)/python -m tools.weight

network: .venv/dev .venv/assets ## What people on a bad network wait for, measured
	@CHROMIUM="$$(scripts/browser)" && export CHROMIUM && exec $(BIN)/python -m tools.network

lighthouse: .venv/dev .venv/assets ## What Lighthouse says of a room's page (needs Node.js)
	@CHROMIUM="$$(scripts/browser)" && export CHROMIUM && exec $(BIN)/python -m tools.lighthouse

phones: .venv/dev .venv/assets ## Try the page on Chromium 78, 80 and 89, and photograph it (needs npm)
	@exec $(BIN)/python -m tools.old_phones $(ARGS)

clean: ## Remove what was installed and built; the data stays
	rm -rf .venv dist gallery .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f src/chat/locale/*/LC_MESSAGES/*.mo src/chat/static/*.br src/chat/static/*.gz

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# --- what is set up in .venv, each with a stamp file ---

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit("Chatroom needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/made requirements.txt pyproject.toml hatch_build.py
	@echo 'Installing Chatroom in .venv (once, less than a minute) ...'
	$(PIP) install --require-hashes --no-deps -r requirements.txt
	$(PIP) install --no-deps --editable .
	@touch $@

.venv/dev: .venv/runtime requirements-dev.txt
	$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

.venv/assets: .venv/runtime $(ASSETS)
	$(BIN)/python hatch_build.py
	@touch $@
