#!/usr/bin/env bash
# Builds everything as it is deployed, and measures it, beside a PostgreSQL server of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --release -p bench -p task-runner -p api
programs=$(cargo metadata --locked --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

exec pg_virtualenv -t bash -euc '
    export TEST_POSTGRES_URL="postgresql://$PGUSER:$PGPASSWORD@$PGHOST:$PGPORT/$PGDATABASE"
    unset "${!PG@}"
    exec "$@"
' bash "$programs/release/bench" "$@"
