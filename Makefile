# The front door: `make` says what there is. Whatever a command needs, it installs first; a second run finds it done.
# PYTHON=… chooses the interpreter, SAMVERKAN_VAR=… another place for state, RABBITMQ_URL (with
# RABBITMQ_MANAGEMENT_URL), MONGODB_URI and SMTP_URL each replace an embedded part.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
RUN := .venv/bin/python -m
BIN := .venv/bin
VAR := $(or $(SAMVERKAN_VAR),var)
YAML := compose.yaml deploy shared services tests .yamllint.yaml
# What runs beside the rest, on a house of its own: the halves take about as long. Live tests print their tables.
HALF := tests/live tests/plumbing tests/stories
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-annotate --quiet --custom-compile-command "make lock"

.PHONY: help
help:  ## Vad som finns (what there is)
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1|/' | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

.PHONY: demo
demo: infrastructure  ## Hela berättelsen mot riktiga processer, ungefär en minut (the whole story)
	@$(RUN) deploy.demo

.PHONY: test
test: infrastructure  ## Alla tester, i två halvor samtidigt; ARGS="-k samtycke" väljer (every test)
ifdef ARGS
	@$(RUN) pytest $(ARGS)
else
	@mkdir -p $(VAR)/half; SAMVERKAN_VAR=$(VAR)/half $(RUN) pytest $(HALF:%=--ignore=%) >$(VAR)/half/tests.log 2>&1 & other=$$!; \
	$(RUN) pytest $(HALF); this=$$?; \
	wait $$other; that=$$?; cat $(VAR)/half/tests.log; exit $$((this | that))
endif

.PHONY: up
up: infrastructure  ## Starta allt: RabbitMQ, databas, e-post, fem tjänster (start everything)
	@$(RUN) deploy.local up

.PHONY: down
down: setup  ## Stoppa det som up startade, inget annat (stop what up started)
	@$(RUN) deploy.local down

.PHONY: status
status: setup  ## Vad som kör och är redo (what runs)
	@$(RUN) deploy.local status || :

.PHONY: logs
logs: setup  ## Loggarna; NAME=consent väljer en (the logs)
	@$(RUN) deploy.local logs $(NAME)

.PHONY: lint
lint: setup  ## Allt som kontrolleras utan att köras (every static check)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports --no-logo
	$(BIN)/yamllint --strict $(YAML)
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/hadolint deploy/Dockerfile
	$(BIN)/shellcheck .ci/run
	$(RUN) deploy.asyncapi --check

.PHONY: fmt
fmt: setup  ## Formatera koden (format the code)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup  ## Skriv om docs/asyncapi från koden (write the AsyncAPI documents)
	@$(RUN) deploy.asyncapi

.PHONY: chaos
chaos: infrastructure  ## Tjänster och mäklare dödas under last; skriver tabellen (kill things under load)
	@SAMVERKAN_CAMPAIGN_YOUTHS=250 SAMVERKAN_CAMPAIGN_KILLS=20 $(RUN) pytest tests/live/test_kills.py -s $(ARGS)

.PHONY: race
race: infrastructure  ## 500 iakttagelser medan samtycken återkallas; skriver tabellen (withdrawals under load)
	@SAMVERKAN_RACE_OBSERVATIONS=500 SAMVERKAN_RACE_WITHDRAWALS=40 $(RUN) pytest tests/live/test_withdrawal_race.py -s $(ARGS)

.PHONY: bench
bench: infrastructure  ## 50 frågor i sekunden, 10 000 brev på en gång; skriver tabellerna (how fast)
	@SAMVERKAN_QUESTION_SECONDS=30 SAMVERKAN_FAN_OUT_LETTERS=10000 SAMVERKAN_FAN_OUT_KILLS=10 $(RUN) pytest \
	  tests/live/test_questions.py tests/live/test_fan_out.py -s $(ARGS)

.PHONY: lock
lock: setup  ## Lås beroendena på nytt (compile the locks anew)
	@$(RUN) pip install --quiet --disable-pip-version-check uv
	@$(LOCK) --upgrade --output-file requirements.lock
	@$(LOCK) --upgrade --group dev --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean:  ## Stoppa allt och ta bort .venv och var (stop everything, remove what was made)
	@for place in $(VAR) $(VAR)/*/ $(VAR)/*/*/; do \
	  test ! -d $$place/run -o ! -x $(BIN)/python || SAMVERKAN_VAR=$$place $(RUN) deploy.local down; done
	@test ! -e $(VAR)/ports.json || rm -rf $(VAR)
	rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info

# Not shown by help: what the others stand on.
.PHONY: setup infrastructure
setup:
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec $$python -m deploy.local.environment; \
	done; echo "Python 3.11 eller nyare behövs: installera det, eller kör allt med: docker compose up" >&2; exit 2

infrastructure: setup
	@$(RUN) deploy.local install
