# The two commands: `make demo` shows a whole call centre at work, `make test` checks everything.
# Both set up what they need first; the second time that takes a second or two.

.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
UV := $(or $(shell command -v uv),.venv/bin/uv)

BENCHES := originates bridges processor claims imports soak reality numberstate greetings best-hour page-weight push-latency interface

.PHONY: $(BENCHES:%=bench-%) bench-pacing bench-table pictures help demo test storm check setup consoles screens clean-demo clean-storm lock

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: setup ## a campaign on real parts, with its consoles, and a report (leaves var/demo); MINUTES=30, else two
	@$(PYTHON) -m lab.demo $(if $(MINUTES),--minutes $(MINUTES))

test: ## lint, types, import contracts, unit tests, tests against real parts
	@deploy/setup.sh --tests
	@$(MAKE) --no-print-directory check

STORM_S := 300

storm: ## five minutes of faults on real parts, then the checker; SEED=7 for that one (leaves var/storm)
	@deploy/setup.sh --tests
	@$(PYTHON) -m lab.storm --seconds $(STORM_S) $(if $(SEED),--seed $(SEED)) $(ON)

check:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	deploy/consoles.sh $(PYTHON) check
	.venv/bin/pytest

setup: ## provide what the demo needs, and do nothing that is already done
	@deploy/setup.sh

consoles: setup ## build what people see in their browsers into web/dist, where it is not built yet

clean-demo: ## remove what the demo left
	rm -rf var/demo

clean-storm: ## remove what the storm left
	rm -rf var/storm

$(BENCHES:%=bench-%): bench-%: setup
	@$(PYTHON) -m bench.$(subst -,_,$*) $(if $(SIZES),--sizes $(SIZES)) $(if $(MINUTES),--minutes $(MINUTES))

bench-pacing: setup ## simulated shifts, ours and the rivals'; ONLY="30*/predictive", SEEDS="1 2", ASIDE=1
	@$(PYTHON) -m bench.pacing $(if $(ASIDE),--aside) $(if $(ONLY),--only "$(ONLY)") $(if $(SEEDS),--seeds $(SEEDS))

screens: ## every page of the consoles in both languages, from a living floor, into docs/screens
	@deploy/setup.sh --tests
	@$(PYTHON) -m lab.screenshots

pictures: setup ## draw the pictures of docs/pacing.md anew, from the simulator and bench/results
	@$(PYTHON) -m bench.pictures

bench-table: setup ## the table in bench/README.md from what the rows left; `make bench-ROW` runs one
	@$(PYTHON) -m bench.table

lock: ## choose the versions in the two lock files anew (needs uv)
	$(UV) pip compile pyproject.toml --extra dev --extra phones --extra consoles --python-version 3.11 --universal --upgrade \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --quiet --output-file requirements.lock
	$(UV) pip compile pyproject.toml --constraint requirements.lock --python-version 3.11 --universal \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --quiet --output-file deploy/requirements.lock
