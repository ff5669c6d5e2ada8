"""What the page that checks in the browser loads on request: Pyodide, MathJax and this engine.

Pyodide and MathJax come from `node_modules/`, where `npm ci` puts them. Without them there is no
bundle, and the page says so. `workings.bytecode` leaves Python's library there compiled; without
that it goes as it came, and the first verdict takes twice as long.
"""

from __future__ import annotations

import ast
import io
import json
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from workings.bytecode import LIBRARY

ROOT = Path(__file__).parents[1]
FOLDER = "assets/check"
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
MATHJAX = (
    "startup.js", "core.js", "input/tex-base.js", "output/svg.js", "output/svg/fonts/tex.js",
    "ui/safe.js",
    *(f"input/tex/extensions/{name}.js" for name in
      ("ams", "boldsymbol", "braket", "cancel", "color", "enclose", "noundefined")),
)  # fmt: skip
# The reader of front matter is optional to PyYAML's C library, and so to a browser.
YAML = ("__init__", "composer", "constructor", "cyaml", "dumper", "emitter", "error", "events",
        "loader", "nodes", "parser", "reader", "representer", "resolver", "scanner", "serializer",
        "tokens")  # fmt: skip
EPOCH = (1980, 1, 1, 0, 0, 0)


def parts(root: Path = ROOT) -> dict[str, bytes]:
    """The files of the checker by their place below `assets/check/`; none without node_modules."""
    pyodide, mathjax = root / "node_modules/pyodide", root / "node_modules/mathjax/es5"
    if not pyodide.is_dir() or not mathjax.is_dir():
        return {}
    found = {f"pyodide/{name}": _read(pyodide / name) for name in PYODIDE}
    found["pyodide/pyodide-lock.json"] = lock(_read(pyodide / "pyodide-lock.json"))
    found |= {f"mathjax/{name}": _read(mathjax / name) for name in MATHJAX}
    if (root / LIBRARY).exists():
        found["pyodide/python_stdlib.zip"] = _read(root / LIBRARY)
    found["engine.zip"] = archive(root)
    return found


def lock(content: bytes) -> bytes:
    """Pyodide's lock without the packages, none of which is used."""
    return json.dumps(json.loads(content) | {"packages": {}}).encode()


def archive(root: Path = ROOT) -> bytes:
    """The engine's own files, PyYAML's, and the pages that a derivation may build on."""
    yaml = find_spec("yaml")
    assert yaml is not None
    assert yaml.origin is not None
    library = Path(yaml.origin).parent
    sources = [(f"workings/{name}.py", root / f"workings/{name}.py") for name in modules(root)]
    sources += [(f"yaml/{name}.py", library / f"{name}.py") for name in YAML]
    sources += [(f"docs/{page.name}", page) for page in sorted((root / "docs").glob("*.md"))]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, path in sources:
            # A fixed date, so that the same sources make the same archive.
            made.writestr(zipfile.ZipInfo(name, EPOCH), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


@cache
def modules(root: Path = ROOT, first: str = "browser") -> list[str]:
    """The modules that one module imports, directly or by way of another, itself included."""
    found = ["__init__", first]
    for name in found:
        tree = ast.parse((root / f"workings/{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            names = [node.module.removeprefix("workings.")]
            if node.module == "workings":
                names = [alias.name for alias in node.names]
            elif not node.module.startswith("workings."):
                continue
            found += [module for module in names if module not in found]
    return sorted(found)


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


def skeleton(root: Path = ROOT) -> str:
    """The paragraph that tells script and reader what there is to load, or that nothing is."""
    found = {name: len(content) for name, content in parts(root).items()}
    if not found:
        return (
            '<p id="check-parts" class="check-missing">This copy of the site was built without the '
            "checker: run <code>npm ci</code> and build again, or use the "
            '<a href="../for-authors/">command line</a>.</p>'
        )
    size = round(sum(found.values()) / 1e6)
    listed = json.dumps(found).replace('"', "&quot;")
    return (
        f'<p id="check-parts" data-parts="{listed}">Nothing is loaded until you press a key or '
        f"a button here. Then the checker comes, once: {size} MB, from this site. What you type "
        "stays in this tab.</p>"
    )
