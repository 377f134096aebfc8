# Cloud Monitor: `make` alone lists what there is to do.
.DEFAULT_GOAL := help
.PHONY: help run test check bench drill fmt clean prerequisites

# What the tests need besides.
PROOF = api/proof/.venv/installed

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: .venv/installed ## Build and start everything on this machine; Ctrl-C stops it (DATABASE_URL=postgresql://… for PostgreSQL)
	cargo build --locked --workspace --bins
	@exec .venv/bin/python deploy/local/run.py

test: .venv/installed $(PROOF) ## Run every test, beside a PostgreSQL and a local cloud of their own
	@scripts/prerequisites.sh tests
	@scripts/test.sh

check: .venv/installed $(PROOF) ## All that a change must pass: format, house rules, licences, lints, docs, tests
	@scripts/prerequisites.sh tests
	@scripts/check.sh

bench: ## Measure the figures that the README quotes, each beside its limit (ARGS=… for one of them)
	@scripts/prerequisites.sh postgresql
	@scripts/bench.sh $(ARGS)

drill: .venv/installed ## Replay outages against the real programs, and score their verdicts (ARGS=… for one of them)
	cargo build --locked --workspace --bins
	@"$${CARGO_TARGET_DIR:-target}/debug/drill" --bar $(ARGS)

fmt: ## Format the Rust sources
	cargo fmt --all

clean: ## Remove what was built and installed here; the data in data/ stays
	cargo clean
	rm -rf .venv api/proof/.venv api/proof/typescript/node_modules

prerequisites:
	@scripts/prerequisites.sh

.venv/installed: deploy/local/requirements.txt
api/proof/.venv/installed: api/proof/requirements.txt
.venv/installed $(PROOF): | prerequisites
	python3 -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
