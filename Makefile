# make run | test | chaos | faults | campaign | lint | bench | format | screenshots | clean
# HOST= and PORT= count on the make command line only: shells and hosts set variables of these names for other ends.
# PYTHON= names the Python that .venv is made with.

SHELL = /bin/sh
VENV = .venv/bin
MANAGE = $(VENV)/python manage.py
UP = $(if $(findstring command,$(origin HOST)),--host '$(HOST)') $(if $(findstring command,$(origin PORT)),--port '$(PORT)')
CHECK_HOME = .venv/check-home
PRODUCTION = VALOR_HOME=$(CHECK_HOME) BASE_URL=https://valor.example DEBUG=0

.PHONY: run test chaos faults campaign lint bench format screenshots clean runtime tools peers

run: runtime
	@exec $(MANAGE) up $(UP)

test: tools
	@exec $(VENV)/python -m tests

chaos: tools
	@exec $(VENV)/python -m tests chaos

faults: tools
	@exec $(VENV)/python -m tests faults

campaign: tools
	@exec $(VENV)/python -m tests campaign

lint: tools
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	VALOR_HOME=$(CHECK_HOME) $(VENV)/mypy .
	$(VENV)/lint-imports --no-cache
	VALOR_HOME=$(CHECK_HOME) $(MANAGE) makemigrations --check --dry-run
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	VALOR_HOME=$(CHECK_HOME) $(MANAGE) vendor_assets --check

bench: peers
	@exec $(VENV)/python -m benchmarks

format: tools
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

screenshots: tools
	@exec $(VENV)/python -m tests.browser.screenshots

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@PYTHON='$(PYTHON)' sh tools/bootstrap.sh requirements.txt

tools:
	@PYTHON='$(PYTHON)' sh tools/bootstrap.sh requirements-dev.txt

peers:
	@PYTHON='$(PYTHON)' sh tools/bootstrap.sh requirements-bench.txt
