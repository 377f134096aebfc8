#!/usr/bin/env bash
# Makes sure that what a build needs is installed; with `postgresql` also a server to measure, with
# `tests` all that the tests need. Debian packages are installed where we may do so; what is still missing then is named.
set -euo pipefail
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null; }

has_python() { python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }

has_postgresql() { has pg_virtualenv && compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null; }

has_browser() { [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; }

has_node() { has npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; }

rust_wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

has_rust() {
    local found
    found=$(cargo --version 2>/dev/null | cut -d' ' -f2)
    [ -n "$found" ] && [ "$(printf '%s\n' "$rust_wanted" "$found" | sort -V | head -n 1)" = "$rust_wanted" ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif has sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        sudo "$@"
    else
        return 1
    fi
}

install() {
    has apt-get && as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2
}

packages=()
has git || packages+=(git)
has cc || packages+=(gcc libc6-dev)
has_python || packages+=(python3 python3-venv)
[ -z "${1:-}" ] || has_postgresql || packages+=(postgresql postgresql-common)
[ "${1:-}" != tests ] || has_browser || packages+=(chromium)
if [ ${#packages[@]} -gt 0 ]; then
    echo "installing ${packages[*]}" >&2
    install "${packages[@]}" || {
        echo "please install: apt-get install ${packages[*]}" >&2
        exit 1
    }
fi
has_python || {
    echo "Python 3.10 or newer is needed, with its venv module; found: $(python3 --version)" >&2
    exit 1
}
has_node || {
    echo "Node.js 20 or newer is needed, with npm; found: $(node --version 2>/dev/null || echo none)" >&2
    exit 1
}
has_rust || {
    echo "Rust $rust_wanted or newer is needed (https://rustup.rs), and cargo in PATH" >&2
    exit 1
}
