#!/bin/sh
# What only a machine with a GPU can show, in under 8 minutes and one JSON: scripts/gpu_check.py.
# Without a network; needs what `pip install 'rnnkit[jax]'` brings, and jax[cuda]; the first check
# names what is missing. With torch, pytest, hypothesis, and in RNNKIT_DATA the folder of Penn
# Treebank and of IMDB, it checks more. --cpu runs it to its end, shortened, without a GPU.
cd "$(dirname "$0")/.." && PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}" exec "${PYTHON:-python3}" scripts/gpu_check.py "$@"
