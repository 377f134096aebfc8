#!/usr/bin/env bash
# All that a change must pass, the cheap checks first.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    echo "== $*"
    "$@"
}

step cargo fmt --all --check
step scripts/house-rules.sh
step npm --prefix web run --silent check
step .venv/bin/python scripts/licences.py
step cargo clippy --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --locked --workspace --no-deps --quiet
step scripts/test.sh
echo "== all checks passed"
