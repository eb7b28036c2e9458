#!/usr/bin/env bash
# Every shipped config for a few steps, offline, on small built-in data: check, train, evaluate, and the command that train says comes next.
# One config for each core at a time; what one of them says is shown together.
set -euo pipefail
cd "$(dirname "$0")/.."
RNNKIT_RUNS=$(mktemp -d)
export RNNKIT_RUNS
trap 'rm -rf "$RNNKIT_RUNS"' EXIT

smoke() {
    local name result next
    name=$(basename "$1" .yaml)
    result="$RNNKIT_RUNS/$name.result"
    rnnkit check "$1"
    rnnkit train "$1" --smoke >"$result" 2>&1 || { cat "$result"; return 1; }
    rnnkit evaluate "$RNNKIT_RUNS/$name" >/dev/null 2>&1
    next=$(sed -n 's/^next: //p' "$result")
    echo "$next"
    eval "$next"
}
shown() {
    local said
    # A shell of its own, because `if` would let it go on after a failure.
    if said=$(bash -euo pipefail -c 'smoke "$0"' "$1" 2>&1); then
        echo "== $said"
    else
        echo "== $said"
        echo "FAILED: $1"
        return 255 # xargs starts no more
    fi
}
export -f smoke shown

printf '%s\n' configs/*.yaml | xargs -P "$(nproc)" -I CONFIG bash -c 'shown CONFIG'
