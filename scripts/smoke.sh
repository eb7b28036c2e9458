#!/usr/bin/env bash
# Every shipped config for a few steps, offline, on small built-in data: check, train, evaluate, and the command that train says comes next.
set -euo pipefail
cd "$(dirname "$0")/.."
RNNKIT_RUNS=$(mktemp -d)
export RNNKIT_RUNS
trap 'rm -rf "$RNNKIT_RUNS"' EXIT

for config in configs/*.yaml; do
    echo "== $config"
    rnnkit check "$config"
    rnnkit train "$config" --smoke 2>"$RNNKIT_RUNS/progress" >"$RNNKIT_RUNS/result" || { cat "$RNNKIT_RUNS/progress"; exit 1; }
    rnnkit evaluate "$RNNKIT_RUNS/$(basename "$config" .yaml)" >/dev/null 2>&1
    next=$(sed -n 's/^next: //p' "$RNNKIT_RUNS/result")
    echo "$next"
    eval "$next"
done
