#!/usr/bin/env bash
# Every shipped config for a few steps, offline, on small built-in data: check, train, evaluate, and answer.
set -euo pipefail
cd "$(dirname "$0")/.."
RNNKIT_RUNS=$(mktemp -d)
export RNNKIT_RUNS
trap 'rm -rf "$RNNKIT_RUNS"' EXIT

for config in configs/*.yaml; do
    name=$(basename "$config" .yaml)
    echo "== $name"
    rnnkit check "$config"
    rnnkit train "$config" --smoke 2>/dev/null | tail -n 2
    rnnkit evaluate "$RNNKIT_RUNS/$name" 2>/dev/null >/dev/null
    rnnkit generate "$RNNKIT_RUNS/$name" --seed "long ago, the mice had" --max-new-tokens 8
done
