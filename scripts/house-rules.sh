#!/usr/bin/env bash
# The rules of this repository that no compiler knows. Names each file that breaks one.
set -euo pipefail
cd "$(dirname "$0")/.."

files() {
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
        [ ! -f "$file" ] || echo "$file"
    done
}

# search PATTERN PATH...: the lines of our files that have the pattern.
search() {
    local pattern=$1
    shift
    files "$@" | xargs -r -d '\n' grep -nHIE -e "$pattern" || true
}

sql_elsewhere() { search 'sea_orm::|use sea_orm|sqlx::|sea-orm' api serve task-runner apps bench; }

# The brackets keep this line from finding itself.
download_places() {
    search 'pythonhosted\.or[g]|pypi\.org/simpl[e]|registry\.npmjs\.or[g]|(static|index)\.crates\.i[o]|--(extra-)?index-ur[l]|"resolved"[:]'
}

large_files() {
    files | while read -r file; do
        size=$(stat -c %s "$file")
        [ "$size" -le 1000000 ] || echo "$file: $size bytes"
    done
}

long_sources() {
    files '*.rs' '*.py' '*.sh' '*.ts' '*.js' '*.css' '*.html' | while read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le 500 ] || echo "$file: $lines lines"
    done
}

silent_modules() {
    files '*.rs' | while read -r file; do
        [[ $(head -n 1 "$file") == '//!'* ]] || echo "$file"
    done
}

nameless_modules() { files '*mod.rs' | grep -E '(^|/)mod\.rs$' || true; }

bad_shell() {
    files '*.sh' .ci/run | while read -r file; do
        bash -n "$file" 2>&1 || true
        [ -x "$file" ] || echo "$file: is not executable"
    done
}

bad_python() {
    files '*.py' | while read -r file; do
        python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" 2>&1 || true
    done
}

# build_stage IMAGE: its lines up to the image that runs.
build_stage() { sed -n '/^ARG /,$p' "Dockerfile.$1" | sed '/^FROM ${RUNTIME_IMAGE}$/,$d'; }

# Cargo reads the manifest of every member, also of those that the images are not built from.
members_not_copied() {
    for image in taskrunner api; do
        comm -3 <(files '*/Cargo.toml' | sort) \
            <(build_stage "$image" | sed -n 's|^COPY \(.*/Cargo\.toml\) .*|\1|p' | sort) \
            | sed "s|^\t*|Dockerfile.$image: |"
    done
}

different_build_stages() { diff <(build_stage taskrunner) <(build_stage api) || true; }

broken=0

# rule TEXT FUNCTION: what the function prints breaks the rule.
rule() {
    local found
    found=$("$2")
    if [ -n "$found" ]; then
        printf 'broken rule: %s\n%s\n' "$1" "$found" >&2
        broken=1
    fi
}

rule 'no program speaks SQL' sql_elsewhere
rule 'no package is tied to the place that it is downloaded from' download_places
rule 'no file over 1 MB' large_files
rule 'no hand-written source over 500 lines' long_sources
rule 'the first line of a Rust file, with //!, says what it is about' silent_modules
rule 'a module has its own name, not mod.rs' nameless_modules
rule 'shell scripts parse and can be run' bad_shell
rule 'Python scripts parse' bad_python
rule 'both images copy the manifest of every crate, and of no other' members_not_copied
rule 'both images have the same build stage, so that the second takes it from the cache' different_build_stages
exit "$broken"
