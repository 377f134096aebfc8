#!/usr/bin/env bash
# Runs every test beside a PostgreSQL server and a local cloud that live as long as the tests do.
set -euo pipefail
cd "$(dirname "$0")/.."

# Everything at once: the local cloud needs the applications' programs, and a second set of
# features would compile the dependencies again.
cargo build --locked --workspace --all-targets

# pg_virtualenv ends a failure with the server's log, in which the test that failed would be lost:
# it is not told, and a file says how it went.
passed=$(mktemp)
trap 'rm -f "$passed"' EXIT

# `-t` keeps the server in a temporary folder for root too, apart from the machine's own ones.
# MD5, because SCRAM costs a debug build 0.1 s of computing for each of hundreds of connections.
pg_virtualenv -t -i '--auth-local=peer --auth-host=md5' bash -euc '
    export TEST_POSTGRES_URL="postgresql://$PGUSER:$PGPASSWORD@$PGHOST:$PGPORT/$PGDATABASE"
    export REQUIRE_POSTGRES=1
    unset "${!PG@}"
    .venv/bin/python deploy/local/test_cloud.py -- bash -ec "
        cargo test --locked --workspace
        npm --prefix web test --silent
        api/proof/.venv/bin/python api/proof/prove.py
    " && echo yes >"$1" || true
' bash "$passed" </dev/null
[ "$(cat "$passed")" = yes ]

# Some outages against the real programs, with a cloud of their own: two minutes.
"${CARGO_TARGET_DIR:-target}/debug/drill" --quick --bar
