# Cloud Monitor: `make` alone lists what there is to do.
.DEFAULT_GOAL := help
.PHONY: help run demo test check bench drill fmt clean lighthouse prerequisites

# What the tests need besides.
PROOF = api/proof/.venv/installed

# The dashboard, which the API's build puts into the program.
DASHBOARD = web/dist/index.html

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: .venv/installed $(DASHBOARD) ## Build and start everything on this machine; Ctrl-C stops it (DATABASE_URL=postgresql://… for PostgreSQL)
	cargo build --locked --workspace --bins
	@exec .venv/bin/python deploy/local/run.py

demo: .venv/installed $(DASHBOARD) ## The dashboard on 90 days of made-up history of ten regions; Ctrl-C stops it
	cargo build --locked -p api -p migration --bins
	@exec .venv/bin/python deploy/local/demo.py

test: .venv/installed $(PROOF) $(DASHBOARD) ## Run every test, beside a PostgreSQL and a local cloud of their own
	@scripts/prerequisites.sh tests
	@scripts/test.sh

check: .venv/installed $(PROOF) $(DASHBOARD) ## All that a change must pass: format, house rules, licences, lints, docs, tests
	@scripts/prerequisites.sh tests
	@scripts/check.sh

bench: ## Measure the figures that the README quotes, each beside its limit (ARGS=… for one of them)
	@scripts/prerequisites.sh postgresql
	@scripts/bench.sh $(ARGS)

drill: .venv/installed ## Replay outages against the real programs, and score their verdicts (ARGS=… for one of them)
	cargo build --locked --workspace --bins
	@"$${CARGO_TARGET_DIR:-target}/debug/drill" --bar $(ARGS)

fmt: web/node_modules/installed ## Format the sources
	cargo fmt --all
	npm --prefix web run --silent format

lighthouse: $(DASHBOARD) ## Have Lighthouse score the dashboard
	cargo build --locked -p api -p migration --bins
	npm --prefix web run --silent lighthouse

clean: ## Remove what was built and installed here; the data in data/ stays
	cargo clean
	rm -rf .venv api/proof/.venv api/proof/typescript/node_modules web/node_modules
	find web/dist -mindepth 1 -not -name .gitignore -delete

web/node_modules/installed: web/package-lock.json | prerequisites
	npm --prefix web ci --no-audit --no-fund --silent
	@touch $@

$(DASHBOARD): web/node_modules/installed api/openapi.json README.md $(shell find web/src web/public web/scripts web/*.ts web/*.js web/index.html -type f)
	npm --prefix web run --silent build

prerequisites:
	@scripts/prerequisites.sh

.venv/installed: deploy/local/requirements.txt
api/proof/.venv/installed: api/proof/requirements.txt
.venv/installed $(PROOF): | prerequisites
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
