"""Runs the process of a peer: `python -m rnnkit.bench PEER FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from rnnkit.bench.peer import serve
from rnnkit.registry import lookup

if __name__ == "__main__":
    serve(lookup("peer", sys.argv[1])(), Path(sys.argv[2]))
