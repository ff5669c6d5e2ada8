"""Compiles what Python starts with in a browser, once, when npm has fetched it.

    python -m workings.bytecode

Pyodide's library comes as source, and compiling it took half of the wait for a first verdict.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from workings.node import find_node

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).with_suffix(".mjs")
# Below node_modules, so that npm takes it away when it fetches another Pyodide.
LIBRARY = "node_modules/.cache/workings/python_stdlib.zip"


def compile_library(root: Path = ROOT) -> None:
    """Writes `LIBRARY`, by the Python that will read it; bytecode fits one version alone.

    Raises `subprocess.CalledProcessError` where Pyodide is not there or does not start.
    """
    subprocess.run([find_node(), str(SCRIPT), str(root), LIBRARY], check=True)


if __name__ == "__main__":
    compile_library()
