# make demo       real corpora -> a verified dataset and its report, in a few minutes (data install only)
# make test       linters, types, import law, tests; make test-full adds the slow ones
# make bench      benchmarks; one by name: make bench NAME=tokenize
# make lint       linters, types and import law only
# make locks      compile requirements/*.txt anew (needs uv)
# All set-up happens in .venv; a second call costs nothing. Another Python: make PYTHON=python3.12 …

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Bytecode is made at first use: compiling all of it would be most of the installation's time. Never making it would cost
# every process that a test starts ten seconds and more.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := $(BIN)/pip install -qq --disable-pip-version-check --no-compile
TORCH := torch==2.13.0
WORKERS ?= 2
NAME ?=
UV_COMPILE := uv pip compile --quiet --python-version 3.11 --python-platform linux --custom-compile-command "make locks"

.PHONY: demo test test-full bench lint locks clean

demo: $(VENV)/.data
	@$(BIN)/python -m ixigen_data.demo

test: lint
	@echo "tests"
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not slow"

test-full: lint
	@echo "tests, the slow ones too"
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

bench: $(VENV)/.train
	@$(BIN)/python -m benchmarks $(NAME)

lint: $(VENV)/.train
	@echo "ruff, mypy, import-linter"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet .; exit 1; }
	@$(BIN)/mypy --no-error-summary ixigen_data ixigen_train
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

locks:
	$(UV_COMPILE) requirements/train.in --override requirements/train-overrides.txt -o requirements/train.txt
	$(UV_COMPILE) requirements/data.in -c requirements/train.txt -o requirements/data.txt
	$(UV_COMPILE) requirements/dev.in -c requirements/train.txt -o requirements/dev.txt

clean:
	rm -rf $(VENV) .demo .mypy_cache .pytest_cache .ruff_cache

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "ixigen needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.data: $(VENV)/.made requirements/data.txt setup.cfg pyproject.toml
	@echo "installing the data side from requirements/data.txt"
	@$(PIP_INSTALL) --no-deps -r requirements/data.txt
	@$(PIP_INSTALL) --no-deps -e .
	@touch $@

# torch brings its own dependencies, CPU or CUDA as the machine has it; the locks leave it out.
$(VENV)/.torch: $(VENV)/.made
	@echo "installing $(TORCH)"
	@$(PIP_INSTALL) $(TORCH)
	@touch $@

$(VENV)/.train: $(VENV)/.torch $(VENV)/.data requirements/train.txt requirements/dev.txt
	@echo "installing the train side and the tools from requirements/train.txt and dev.txt"
	@$(PIP_INSTALL) --no-deps -r requirements/train.txt -r requirements/dev.txt
	@touch $@
