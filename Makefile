# Needs Python 3.11 or newer and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test test-slow lint bench app canvas clean

demo: $(STAMP)            ## build a graph from the bundled data and tell the first case
	$(BIN)/kg demo

test: $(STAMP)            ## lint, types and all tests but the slow ones
	$(BIN)/ruff check kg tests app.py benchmarks tools
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not slow" --numprocesses auto --dist loadfile

test-slow: $(STAMP)       ## the slow tests
	$(BIN)/python -m pytest -m slow

bench: $(STAMP)           ## the benchmarks, as a table
	$(BIN)/python -m benchmarks

app: $(STAMP)             ## the Streamlit app over the demo workspace
	$(BIN)/kg app

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("needs Python 3.11 or newer; say which with PYTHON=…, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $(STAMP)

canvas:                   ## build the libraries of canvas and editor anew (needs npm)
	cd kg/app/canvas && npm ci --ignore-scripts && npm run build
	cd kg/app/editor && npm ci --ignore-scripts && npm run build

clean:
	rm -rf $(VENV) demo build dist
